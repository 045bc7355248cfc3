import { constants, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { kinesisRecord } from '../../test/kit/stream.ts';
import { gzipJson, json } from './index.ts';

const bytes = (base64: string) => {
  const record = kinesisRecord('1');
  record.kinesis.data = base64;
  return record;
};

describe('json()', () => {
  test.each([
    ['{"total":1}', { total: 1 }],
    ['null', null],
    ['"ü€😀"', 'ü€😀'],
    [' [1] ', [1]],
    ['\ufeff{"bom":true}', { bom: true }],
  ])('decodes %s', (data, decoded) => {
    expect(json()(kinesisRecord('1', { data }))).toEqual(decoded);
  });

  test.each([
    ['no JSON', Buffer.from('secret').toString('base64')],
    ['nothing', ''],
    ['a cut string', Buffer.from('{"name":"secret').toString('base64')],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]).toString('base64')],
    ['a lone surrogate half', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]).toString('base64')],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]).toString('base64')],
  ])('refuses %s as undecodable, without quoting it', (_name, data) => {
    let error: unknown;
    try {
      json()(bytes(data));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'UndamError', code: 'undecodable' });
    expect(String((error as Error).stack)).not.toContain('secret');
    if (data.length > 0) expect(String((error as Error).stack)).not.toContain(data);
    expect((error as Error).cause).toBeUndefined();
  });

  test("data that another middleware has parsed is not the record's fault", () => {
    expect(() => json()(bytes({ already: 'secret' } as never))).toThrow(
      expect.objectContaining({ code: 'event-changed', message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('gzipJson()', () => {
  const gzipped = (text: string, level: number = constants.Z_DEFAULT_COMPRESSION) => {
    return bytes(gzipSync(text, { level }).toString('base64'));
  };
  const errorOf = (decode: () => unknown): Error => {
    try {
      decode();
    } catch (thrown) {
      return thrown as Error;
    }
    throw new Error('it was decoded');
  };

  test.each([
    ['{"total":1}', { total: 1 }],
    ['null', null],
    ['"ü€😀"', 'ü€😀'],
    ['\ufeff[1]', [1]],
  ])('decodes %s', (data, decoded) => {
    expect(gzipJson()(gzipped(data))).toEqual(decoded);
  });

  test('decodes several members, as gzip files may have', () => {
    const twice = Buffer.concat([gzipSync('{"a":'), gzipSync('1}')]);
    expect(gzipJson()(bytes(twice.toString('base64')))).toEqual({ a: 1 });
  });

  test.each([
    ['JSON without compression', Buffer.from('{"name":"secret"}'), 'gzip'],
    ['nothing', Buffer.alloc(0), 'gzip'],
    ['cut gzip', gzipSync('{"name":"secret"}').subarray(0, -9), 'gzip'],
    ['gzip of no JSON', gzipSync('secret'), 'JSON'],
    ['gzip of bytes that are not UTF-8', gzipSync(Buffer.from([0x22, 0xff, 0x22])), 'UTF-8'],
  ])('refuses %s as undecodable, without quoting it', (_name, data, said) => {
    const error = errorOf(() => gzipJson()(bytes(data.toString('base64'))));
    expect(error).toMatchObject({ name: 'UndamError', code: 'undecodable', message: expect.stringContaining(said) });
    expect(error.stack).not.toContain('secret');
    expect(error.cause).toBeUndefined();
  });

  test('a bomb is undecodable, and never decompressed beyond the bound', () => {
    // A megabyte in the stream, a gigabyte in memory.
    const member = gzipSync(Buffer.alloc(32 * 1_024 * 1_024, ' '));
    const bomb = Buffer.concat(Array.from({ length: 32 }, () => member));
    expect(bomb.length).toBeLessThan(1_100_000);
    const before = process.resourceUsage().maxRSS;
    const error = errorOf(() => gzipJson()(bytes(bomb.toString('base64'))));
    expect(error).toMatchObject({ code: 'undecodable', message: expect.stringMatching(/10,485,760 bytes.*maxBytes/) });
    expect(error.cause).toBeUndefined();
    // In kilobytes.
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(200 * 1_024);
  });

  test('maxBytes is the last size that is taken', () => {
    const text = JSON.stringify('x'.repeat(998));
    expect(gzipJson({ maxBytes: 1_000 })(gzipped(text))).toHaveLength(998);
    expect(errorOf(() => gzipJson({ maxBytes: 999 })(gzipped(text)))).toMatchObject({ code: 'undecodable' });
  });

  test.each([{ maxBytes: 0 }, { maxBytes: 2 ** 30 }, { maxBytes: '1' }, { maxByte: 1 }, null])(
    'refuses the options %j at construction',
    (options) => {
      expect(() => gzipJson(options as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
    },
  );

  test("data that another middleware has parsed is not the record's fault", () => {
    expect(() => gzipJson()(bytes({ already: 'secret' } as never))).toThrow(
      expect.objectContaining({ code: 'event-changed', message: expect.not.stringContaining('secret') }),
    );
  });
});
