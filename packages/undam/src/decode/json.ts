import { kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { JSON } from '../base/intrinsics.ts';
import { checkOptions, integer } from '../base/options.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import { decodedAlready, misread } from '../streams/misread.ts';
import type { Decode } from './decoder.ts';

/** The largest record that Kinesis takes. */
const MAX_BYTES = 10_485_760;
/** V8's longest string: what is longer can be no JSON text. */
const LONGEST_STRING = 536_870_888;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a Kinesis record's data as JSON in UTF-8. Data that is not JSON can never be read: the record is quarantined at
 * once with reason `undecodable`. `T` is what you say it is; nothing checks it, as `schema()` does.
 *
 * The decoder throws UndamError `undecodable`, without the parser's own message, which would quote the payload; and
 * `event-changed` where another middleware has decoded the data already, which fails the invocation and charges nobody.
 */
export function json<T = unknown>(): Decode<KinesisStreamRecord, T> {
  return (record) => {
    const data = dataOf(record, 'json()');
    return parsed(Buffer.from(data, 'base64'), 'json()', data) as T;
  };
}

export interface GzipJsonOptions {
  /**
   * Bytes that the data may have once it is decompressed, up to 536,870,888; keep it far below the function's memory.
   *
   * @default 10,485,760: the largest record that Kinesis takes
   */
  readonly maxBytes?: number;
}

/**
 * Decodes a Kinesis record's data as JSON in UTF-8 that was compressed with gzip. What is not gzip, not JSON, or grows
 * beyond `maxBytes` can never be read: the record is quarantined at once with reason `undecodable`. Decompression stops at
 * the bound. `T` is what you say it is.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `event-changed` where another middleware has
 * decoded the data already
 */
export function gzipJson<T = unknown>(options: GzipJsonOptions = {}): Decode<KinesisStreamRecord, T> {
  checkOptions('gzipJson()', options, { maxBytes: integer(1, LONGEST_STRING) });
  const { maxBytes = MAX_BYTES } = options;
  return (record) => {
    const data = dataOf(record, 'gzipJson()');
    return parsed(decompressed(data, maxBytes), 'gzipJson()', data) as T;
  };
}

/** @throws UndamError `event-changed` where the data is decoded already, `bad-record` for a record of another kind of stream */
export function dataOf(record: KinesisStreamRecord, decoder: string): string {
  const { kinesis, dynamodb }: { kinesis?: { data?: unknown }; dynamodb?: unknown } = record;
  const data = kinesis?.data;
  if (typeof data === 'string') return data;
  if (kinesis) throw decodedAlready(decoder, kindOf(data));
  const found = dynamodb === undefined ? 'none' : 'a DynamoDB Streams record: images() decodes those';
  throw new UndamError('bad-record', `${decoder} decodes the base64 data of a Kinesis record, got ${found}`);
}

function decompressed(data: string, maxOutputLength: number): Uint8Array {
  try {
    return process.getBuiltinModule('node:zlib').gunzipSync(Buffer.from(data, 'base64'), { maxOutputLength });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw misread('gzipJson()', data, 'the data is not whole gzip');
    }
    throw new UndamError(
      'undecodable',
      `the data has more than ${maxOutputLength.toLocaleString('en')} bytes once it is decompressed: raise maxBytes if that can be right`,
    );
  }
}

/** @throws UndamError `undecodable`, without the parser's own message, which would quote the data, or `event-changed` */
export function parsed(bytes: Uint8Array, decoder: string, data: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw misread(decoder, data, 'the data is not JSON in UTF-8');
  }
}
