import { gunzipSync } from 'node:zlib';
import { kindOf } from './describe.ts';
import type { Decode } from './each-record.ts';
import { UndamError } from './errors.ts';
import { JSON } from './intrinsics.ts';
import type { KinesisStreamRecord } from './kinesis.ts';
import { checkOptions, integer } from './options.ts';

/** The largest record that Kinesis takes. */
const MAX_BYTES = 10_485_760;
/** V8's longest string: what is longer can be no JSON text. */
const LONGEST_STRING = 536_870_888;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes a Kinesis record's data as JSON in UTF-8. Data that is not JSON can never be read: the record is quarantined at
 * once with reason `undecodable`. `T` is what you say it is; nothing checks it, as `schema()` does.
 *
 * The decoder throws UndamError `undecodable`, without the parser's own message, which would quote the payload.
 */
export function json<T = unknown>(): Decode<KinesisStreamRecord, T> {
  return (record) => parsed(bytesOf(record, 'json()')) as T;
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
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`
 */
export function gzipJson<T = unknown>(options: GzipJsonOptions = {}): Decode<KinesisStreamRecord, T> {
  checkOptions('gzipJson()', options, { maxBytes: integer(1, LONGEST_STRING) });
  const { maxBytes = MAX_BYTES } = options;
  return (record) => parsed(decompressed(bytesOf(record, 'gzipJson()'), maxBytes)) as T;
}

function bytesOf(record: KinesisStreamRecord, decoder: string): Uint8Array {
  const data: unknown = (record as Partial<KinesisStreamRecord>).kinesis?.data;
  if (typeof data === 'string') return Buffer.from(data, 'base64');
  throw new UndamError('bad-record', `${decoder} decodes the base64 data of a Kinesis record, got ${kindOf(data)}`);
}

function decompressed(data: Uint8Array, maxOutputLength: number): Uint8Array {
  try {
    return gunzipSync(data, { maxOutputLength });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') {
      throw new UndamError('undecodable', 'the data is not whole gzip');
    }
    throw new UndamError(
      'undecodable',
      `the data has more than ${maxOutputLength.toLocaleString('en')} bytes once it is decompressed: raise maxBytes if that can be right`,
    );
  }
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(data));
  } catch {
    throw new UndamError('undecodable', 'the data is not JSON in UTF-8');
  }
}
