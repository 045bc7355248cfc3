import { createHash } from 'node:crypto';

/** One user record of a KPL aggregate. */
export interface UserRecord {
  readonly partitionKey: string;
  /** Decimal digits; selects the shard in place of the partition key. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
}

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);
const checksumBytes = 16;

/**
 * The user records of a KPL aggregate in order; undefined for other data and for broken aggregates, which Lambda delivers as they
 * are (recorded). https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function userRecordsOf(data: Uint8Array): readonly UserRecord[] | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (bytes.length < magic.length + checksumBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const message = bytes.subarray(magic.length, -checksumBytes);
  if (!md5(message).equals(bytes.subarray(-checksumBytes))) return undefined;
  try {
    return readAggregate(message);
  } catch {
    return undefined;
  }
}

/** Encodes user records as a KPL aggregate, as a producer does. */
export function kplAggregate(records: readonly UserRecord[]): Uint8Array {
  const keys = [...new Set(records.map(({ partitionKey }) => partitionKey))];
  const hashKeys = [...new Set(records.flatMap(({ explicitHashKey }) => explicitHashKey ?? []))];
  const message = Buffer.concat([
    ...keys.map((key) => lengthDelimited(1, Buffer.from(key))),
    ...hashKeys.map((key) => lengthDelimited(2, Buffer.from(key))),
    ...records.map(({ partitionKey, explicitHashKey, data }) => {
      const key = number(1, keys.indexOf(partitionKey));
      const hashKey = explicitHashKey === undefined ? [] : [number(2, hashKeys.indexOf(explicitHashKey))];
      return lengthDelimited(3, Buffer.concat([key, ...hashKey, lengthDelimited(3, data)]));
    }),
  ]);
  return Buffer.concat([magic, message, md5(message)]);
}

function readAggregate(message: Buffer): readonly UserRecord[] {
  const keys: string[] = [];
  const hashKeys: string[] = [];
  const records: Buffer[] = [];
  for (const { field, value } of fieldsOf(message)) {
    if (field === 1) keys.push(demandBytes(value).toString('utf8'));
    if (field === 2) hashKeys.push(demandBytes(value).toString('utf8'));
    if (field === 3) records.push(demandBytes(value));
  }
  if (records.length === 0) throw new Error('expected records');
  return records.map((record) => readUserRecord(record, keys, hashKeys));
}

function readUserRecord(message: Buffer, keys: readonly string[], hashKeys: readonly string[]): UserRecord {
  let partitionKey: string | undefined;
  let explicitHashKey: string | undefined;
  let data: Buffer | undefined;
  for (const { field, value } of fieldsOf(message)) {
    if (field === 1) partitionKey = keys[Number(value)];
    if (field === 2) explicitHashKey = hashKeys[Number(value)];
    if (field === 3) data = demandBytes(value);
  }
  const isHashKey = explicitHashKey === undefined || /^\d{1,39}$/.test(explicitHashKey);
  if (partitionKey === undefined || data === undefined || !isHashKey) throw new Error('expected a key and data');
  return { partitionKey, data, ...(explicitHashKey !== undefined && { explicitHashKey }) };
}

interface Field {
  readonly field: number;
  readonly value: number | Buffer;
}

/** The two wire types that the format uses. https://protobuf.dev/programming-guides/encoding/ */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      if (byte === undefined || shift > 49) throw new Error('expected a number');
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wireType = tag % 8;
    const length = varint();
    if (wireType === 0) yield { field: Math.floor(tag / 8), value: length };
    else if (wireType === 2 && at + length <= message.length) {
      yield { field: Math.floor(tag / 8), value: message.subarray(at, at + length) };
      at += length;
    } else throw new Error('expected a number or bytes');
  }
}

function demandBytes(value: number | Buffer): Buffer {
  if (typeof value === 'number') throw new Error('expected bytes');
  return value;
}

function lengthDelimited(field: number, value: Uint8Array): Buffer {
  return Buffer.concat([varintOf(field * 8 + 2), varintOf(value.length), value]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varintOf(field * 8), varintOf(value)]);
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
  return Buffer.from([...bytes, left]);
}

function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
