import { kindOf } from './describe.ts';
import type { Decode } from './each-record.ts';
import { UndamError } from './errors.ts';
import type { KinesisStreamRecord } from './kinesis.ts';

/**
 * Decodes a Kinesis record's data as JSON in UTF-8. Data that is not JSON can never be read: the record is quarantined at
 * once with reason `undecodable`. `T` is what you say it is; nothing checks it.
 *
 * The decoder throws UndamError `undecodable`, without the parser's own message, which would quote the payload.
 */
export function json<T = unknown>(): Decode<KinesisStreamRecord, T> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return (record) => {
    const data: unknown = (record as Partial<KinesisStreamRecord>).kinesis?.data;
    if (typeof data !== 'string') {
      throw new UndamError('bad-record', `json() decodes the base64 data of a Kinesis record, got ${kindOf(data)}`);
    }
    try {
      return JSON.parse(utf8.decode(Buffer.from(data, 'base64'))) as T;
    } catch {
      throw new UndamError('undecodable', 'the data is not JSON in UTF-8');
    }
  };
}
