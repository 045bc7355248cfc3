import { describe, expect, test } from '@jest/globals';
import { json } from './decode.ts';
import { kinesisRecord } from './stream.fixture.ts';

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

  test("data that another middleware has parsed is not the record's fault: an ordinary failure", () => {
    expect(() => json()(bytes({ already: 'secret' } as never))).toThrow(
      expect.objectContaining({ code: 'bad-record', message: expect.not.stringContaining('secret') }),
    );
  });
});
