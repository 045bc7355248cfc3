import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kplAggregate, userRecordsOf } from './kpl-aggregate.ts';

/** Three user records, as amazon-kinesis-producer's aggregation format lays them out. */
const byHand = Buffer.concat([
  Buffer.from('f3899ac2', 'hex'),
  // partition_key_table "a", "b"; records with key 0 and "1", key 1 and "2", key 0 and "3".
  Buffer.from('0a0161' + '0a0162' + '1a050800' + '1a0131' + '1a050801' + '1a0132' + '1a050800' + '1a0133', 'hex'),
  Buffer.from('0000', 'hex'),
]);

const userRecord = fc.record(
  {
    partitionKey: fc.string({ minLength: 1, maxLength: 256, unit: 'binary' }),
    explicitHashKey: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map(String),
    data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  },
  { requiredKeys: ['partitionKey', 'data'] },
);

describe('a KPL aggregate', () => {
  test('gives back the user records that were put into it', () => {
    fc.assert(
      fc.property(fc.array(userRecord, { minLength: 1, maxLength: 20 }), (records) => {
        expect(userRecordsOf(kplAggregate(records))).toEqual(records);
      }),
    );
  });

  test('is laid out as the format says: magic, tables of keys, records, checksum', () => {
    const data = ['1', '2', '3'].map((text) => Buffer.from(text));
    const aggregate = kplAggregate(data.map((bytes, index) => ({ partitionKey: 'ab'[index % 2]!, data: bytes })));
    expect(Buffer.from(aggregate).subarray(0, -16)).toEqual(byHand.subarray(0, -2));
  });

  test.each([
    ['magic bytes alone', (bytes: Buffer) => bytes.subarray(0, 4)],
    ['a bad checksum', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)])],
    ['a payload that is cut off', (bytes: Buffer) => bytes.subarray(0, -20)],
    ['no user record', () => Buffer.from(kplAggregate([]))],
    [
      'a hash key that is none',
      () => Buffer.from(kplAggregate([{ partitionKey: 'a', explicitHashKey: 'f', data: Buffer.from('1') }])),
    ],
    ['any other payload', () => Buffer.from('{"order":1}')],
  ])('that is broken is none: %s', (_, broken) => {
    const whole = Buffer.from(kplAggregate([{ partitionKey: 'a', data: Buffer.from('1') }]));
    expect(userRecordsOf(broken(whole))).toBeUndefined();
  });

  test('arbitrary bytes behind the magic never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(userRecordsOf(Buffer.concat([Buffer.from('f3899ac2', 'hex'), bytes]))).toBeUndefined();
      }),
    );
  });
});
