import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anEnvelope, envelopes } from '../../test/kit/envelope.ts';
import { decodeEnvelope, encodeEnvelope, envelopeAttributes, envelopeId } from './index.ts';

describe('envelopeId', () => {
  const { origin } = anEnvelope();

  test('is one digest for one record and one redrive', () => {
    expect(envelopeId(origin, 0)).toBe(envelopeId({ ...origin }, 0));
    expect(envelopeId(origin, 0)).toMatch(/^[\w-]{43}$/);
  });

  test('differs with every part that names the record', () => {
    const ids = [
      envelopeId(origin, 0),
      envelopeId(origin, 1),
      envelopeId({ ...origin, member: 'a' }, 0),
      envelopeId({ ...origin, member: 'b' }, 0),
      envelopeId({ ...origin, functionArn: 'other' }, 0),
      envelopeId({ ...origin, eventSourceArn: 'other' }, 0),
      envelopeId({ ...origin, shardId: 'other' }, 0),
      envelopeId({ ...origin, sequenceNumber: '1' }, 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('encodeEnvelope', () => {
  test('an encoded envelope decodes to an equal one, and the text is ASCII', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const text = encodeEnvelope(envelope);
        expect(text).toMatch(/^[ -~]*$/);
        expect(decodeEnvelope(text)).toStrictEqual(envelope);
      }),
      { numRuns: 500 },
    );
  });

  test('writes one text for any order of the fields', () => {
    const envelope = anEnvelope();
    const reversed = Object.fromEntries(Object.entries(envelope).reverse()) as unknown as typeof envelope;
    expect(encodeEnvelope(reversed)).toBe(encodeEnvelope(envelope));
  });

  test('the smallest form loses stack, causes and all but 200 characters of the message, and nothing else', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const { name, message } = envelope.error;
        expect(decodeEnvelope(encodeEnvelope(envelope, 'smallest'))).toStrictEqual({
          ...envelope,
          error: { name, message: message.slice(0, 200) },
        });
      }),
    );
    const wordy = anEnvelope(1, { error: { name: 'E', message: 'm'.repeat(1_000) } });
    expect(decodeEnvelope(encodeEnvelope(wordy, 'smallest')).error.message).toBe('m'.repeat(200));
  });
});

describe('decodeEnvelope', () => {
  test('a compressed payload comes back plain', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const data = gzipSync(Buffer.from(envelope.data, 'base64')).toString('base64');
        expect(decodeEnvelope(encodeEnvelope({ ...envelope, data, dataEncoding: 'gzip' }))).toStrictEqual(envelope);
      }),
    );
  });

  test('fields it does not know are left out', () => {
    const envelope = anEnvelope();
    expect(decodeEnvelope(JSON.stringify({ ...envelope, later: 1 }))).toStrictEqual(envelope);
  });

  const bad: readonly (readonly [string, object, string])[] = [
    ['a later version', { version: 2 }, 'version: expected 1, got 2'],
    ['no id', { id: undefined }, 'id: expected SHA-256 in base64url, got nothing'],
    ['a short id', { id: 'secret' }, 'id: expected SHA-256 in base64url, got a string of 6 characters'],
    ['an unknown stage', { stage: 'secret' }, 'stage: expected "decode" or "handler", got a string of 6 characters'],
    ['no origin', { origin: null }, 'origin: expected an object, got null'],
    [
      'a number as key',
      { origin: { ...anEnvelope().origin, partitionKey: 7 } },
      'origin.partitionKey: expected a string, got 7',
    ],
    [
      'a negative count',
      { attempts: { ...anEnvelope().attempts, failed: -1 } },
      'attempts.failed: expected a whole number',
    ],
    ['a time as text', { firstFailedAt: 'secret' }, 'firstFailedAt: expected epoch milliseconds'],
    ['an error without message', { error: { name: 'E' } }, 'error.message: expected a string, got nothing'],
    [
      'a broken cause',
      { error: { name: 'E', message: '', cause: [1] } },
      'error.cause: expected an object, got an array of 1',
    ],
    ['a fractional redrive count', { redrives: 0.5 }, 'redrives: expected a whole number of at least 0, got 0.5'],
    ['a payload that is not base64', { data: 'secret!!' }, 'data: expected base64, got a string of 8 characters'],
    ['padding inside the payload', { data: 'se=cre==' }, 'data: expected base64, got a string of 8 characters'],
    ['an unknown encoding', { dataEncoding: 'br' }, 'dataEncoding: expected "gzip"'],
    ['a payload that is not gzip', { dataEncoding: 'gzip', data: 'c2VjcmV0' }, 'data: expected gzip'],
  ];
  test.each(bad)('%s is unreadable, and the error names the field but shows no text', (_title, changes, message) => {
    const text = JSON.stringify({ ...anEnvelope(), ...changes });
    expect(thrownBy(() => decodeEnvelope(text))).toMatchObject({
      code: 'envelope-unreadable',
      message: expect.stringContaining(`undam: not a readable envelope: ${message}`),
    });
    expect(inspect(thrownBy(() => decodeEnvelope(text)))).not.toContain('secret');
  });

  test.each([['secret {'], ['"secret"'], ['["secret"]'], ['null'], ['']])('%j is no envelope', (text) => {
    const error = thrownBy(() => decodeEnvelope(text));
    expect(error).toMatchObject({ code: 'envelope-unreadable' });
    expect(inspect(error)).not.toContain('secret');
  });

  test('a cause chain of any depth is refused, not followed', () => {
    const deep = `${'{"name":"","message":"","cause":'.repeat(50_000)}null${'}'.repeat(50_000)}`;
    const text = encodeEnvelope(anEnvelope(1, { error: { name: 'E', message: 'here' } }));
    expect(() => decodeEnvelope(text.replace('{"name":"E","message":"here"}', deep))).toThrow(
      'expected no further cause',
    );
  });
});

describe('envelopeAttributes', () => {
  test('stay within the limits of SQS, and never show the partition key', () => {
    fc.assert(
      fc.property(envelopes, (envelope) => {
        const attributes = Object.entries(envelopeAttributes(envelope));
        expect(attributes.length).toBeLessThanOrEqual(9);
        for (const [name, { DataType, StringValue }] of attributes) {
          expect(name).toMatch(/^(?!aws\.|amazon\.)[a-z0-9_-]{1,256}$/i);
          expect(name).not.toMatch(/partitionKey/i);
          expect(StringValue).not.toBe('');
          expect(StringValue.isWellFormed()).toBe(true);
          for (const character of StringValue) expect(isLegalInSqs(character.codePointAt(0) ?? 0)).toBe(true);
          if (DataType === 'Number') expect(Number.isFinite(Number(StringValue))).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('repeat the routing facts', () => {
    const envelope = anEnvelope();
    expect(envelopeAttributes(envelope)).toStrictEqual({
      version: { DataType: 'Number', StringValue: '1' },
      id: { DataType: 'String', StringValue: envelope.id },
      reason: { DataType: 'String', StringValue: 'attempts-exhausted' },
      stage: { DataType: 'String', StringValue: 'handler' },
      eventSourceArn: { DataType: 'String', StringValue: envelope.origin.eventSourceArn },
      shardId: { DataType: 'String', StringValue: 'shardId-000000000000' },
      sequenceNumber: { DataType: 'String', StringValue: envelope.origin.sequenceNumber },
      functionArn: { DataType: 'String', StringValue: envelope.origin.functionArn },
      redrives: { DataType: 'Number', StringValue: '0' },
    });
  });
});

function isLegalInSqs(code: number): boolean {
  return (
    [0x9, 0xa, 0xd].includes(code) ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
