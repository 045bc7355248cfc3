import { kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { JSON } from '../base/intrinsics.ts';
import { checkOptions, integer } from '../base/options.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import { decodedAlready, misread } from '../streams/misread.ts';
import type { Decode } from './decoder.ts';

/** Kinesis' largest record: 10 MiB. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const defaultMaxBytes = 10_485_760;
/** V8's longest string, and so the longest JSON text. */
const maxStringLength = 536_870_888;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a Kinesis record's data as JSON in UTF-8. Undam quarantines a record with other data at once, with reason
 * `undecodable`. `T` is not checked; `schema()` checks the data.
 *
 * The decoder throws UndamError `undecodable`, without the parser's message, which would quote the payload; or `event-changed` if
 * another middleware has decoded the data already, which fails the invocation and charges no record.
 */
export function json<T = unknown>(): Decode<KinesisStreamRecord, T> {
  return (record) => {
    const data = dataOf(record, 'json()');
    return parsed(Buffer.from(data, 'base64'), 'json()', data) as T;
  };
}

/** Options of {@link gzipJson}. */
export interface GzipJsonOptions {
  /**
   * Upper bound of the decompressed data in bytes, 1 to 536,870,888. Keep it far below the function's memory.
   *
   * @default 10_485_760, Kinesis' largest record
   */
  readonly maxBytes?: number;
}

/**
 * Decodes a Kinesis record's data as JSON in UTF-8, compressed with gzip. Undam quarantines a record at once, with reason
 * `undecodable`, if its data is not gzip, not JSON, or larger than `maxBytes`; decompression stops at that bound. `T` is not
 * checked; `schema()` checks the data.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, or `event-changed` if another middleware
 *   has decoded the data already
 */
export function gzipJson<T = unknown>(options: GzipJsonOptions = {}): Decode<KinesisStreamRecord, T> {
  checkOptions('gzipJson()', options, { maxBytes: integer(1, maxStringLength) });
  const { maxBytes = defaultMaxBytes } = options;
  return (record) => {
    const data = dataOf(record, 'gzipJson()');
    return parsed(decompressed(data, maxBytes), 'gzipJson()', data) as T;
  };
}

/** @throws UndamError `event-changed` if the data is decoded already, `bad-record` for a record of another kind of stream */
export function dataOf(record: KinesisStreamRecord, decoder: string): string {
  const { kinesis, dynamodb }: { kinesis?: { data?: unknown }; dynamodb?: unknown } = record;
  const data = kinesis?.data;
  if (typeof data === 'string') return data;
  if (kinesis) throw decodedAlready(decoder, kindOf(data));
  const found = dynamodb === undefined ? 'none' : 'a DynamoDB Streams record: images() decodes those';
  throw new UndamError('bad-record', `${decoder}: expected the base64 data of a Kinesis record, got ${found}`);
}

function decompressed(data: string, maxOutputLength: number): Uint8Array {
  try {
    return process.getBuiltinModule('node:zlib').gunzipSync(Buffer.from(data, 'base64'), { maxOutputLength });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw misread('gzipJson()', data, 'the data is not complete gzip');
    }
    throw new UndamError(
      'undecodable',
      `the data has more than ${maxOutputLength.toLocaleString('en')} bytes after decompression: raise maxBytes if such records are legitimate`,
    );
  }
}

/** @throws UndamError `undecodable`, without the parser's message, which would quote the data; or `event-changed` */
export function parsed(bytes: Uint8Array, decoder: string, data: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw misread(decoder, data, 'the data is not JSON in UTF-8');
  }
}
