import { aFunction, checkOptions, integer, oneOf } from '../base/options.ts';
import type { Decode } from '../decode/decoder.ts';
import type { Order } from '../engine/run/lanes.ts';
import type { RecordAttempt } from '../engine/run/records/record-attempt.ts';
import { defaultConcurrency, type RecordHandling } from '../engine/run/records/record-handling.ts';
import { RecordRun } from '../engine/run/records/record-run.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { StreamRecord } from '../streams/sources.ts';
import { checkHandler, type StreamHandler, wrap } from './wrapper.ts';

/** A handler of one record. Its answer is ignored; a throw or rejection is a failed attempt. */
export type RecordHandler<R extends StreamRecord, T> = (record: R, attempt: RecordAttempt<T>) => unknown;

export interface EachRecordOptions {
  /**
   * Which records must wait for each other: `key`, those of a partition key (of an item, for DynamoDB Streams); `shard`, all
   * of the batch; `none`, no records.
   *
   * @default 'key'
   */
  readonly order?: Order;
  /**
   * The maximum number of records that run at once, 1 to 10_000. A downstream sees this number times shards times
   * `ParallelizationFactor`.
   *
   * @default 32
   */
  readonly concurrency?: number;
}

/**
 * Runs the handler on each record: records of one partition key one after the other, records of different keys side by side. The
 * best choice: only here does Undam know when each record starts and how it ends.
 *
 * Use it as the handler of a Middy chain with `partialBatch()`.
 *
 * @throws UndamError `bad-option` at construction. The returned function rejects with `partial-batch-missing`, `claimed-twice`,
 *   `event-changed` or `no-time`; then it has started no record
 */
export function eachRecord<T, R extends StreamRecord = KinesisStreamRecord>(
  handler: RecordHandler<R, T>,
  options: EachRecordOptions & {
    /**
     * Decodes the record for the handler. A throw of Undam's own decoders, or a `PermanentError`, quarantines the record at once;
     * any other throw is a failed attempt.
     */
    readonly decode: Decode<R, T>;
  },
): StreamHandler<R>;
/** Without `decode`: the handler reads the record itself. */
export function eachRecord<R extends StreamRecord = KinesisStreamRecord>(
  handler: RecordHandler<R, undefined>,
  options?: EachRecordOptions & { readonly decode?: undefined },
): StreamHandler<R>;
export function eachRecord(handler: unknown, options: object = {}): StreamHandler<StreamRecord> {
  checkHandler('eachRecord()', handler);
  checkOptions('eachRecord()', options, {
    order: oneOf('key', 'shard', 'none'),
    concurrency: integer(1, 10_000),
    decode: aFunction,
  });
  const { order = 'key', concurrency = defaultConcurrency, decode } = options as Partial<RecordHandling>;
  const handling: RecordHandling = { handler: handler as RecordHandling['handler'], order, concurrency, decode };
  return wrap('eachRecord', (options) => new RecordRun(options, handling));
}
