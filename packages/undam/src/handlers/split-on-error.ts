import { checkOptions, oneOf } from '../base/options.ts';
import { callWithChunks } from '../engine/run/batches/call-with-chunks.ts';
import { SplitRun } from '../engine/run/batches/split-run.ts';
import type { Order } from '../engine/run/lanes.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { StreamEvent, StreamRecord } from '../streams/sources.ts';
import { checkHandler, type StreamHandler, wrap } from './wrapper.ts';

/**
 * A handler that gets many records at once, and either succeeds with all of them or throws. Its answer is ignored, unless it
 * names failures. `signal` is aborted when the batch's budget ends.
 */
export type AllOrNothingHandler<R extends StreamRecord> = (
  event: StreamEvent<R>,
  context: LambdaContext,
  options: { readonly signal: AbortSignal },
) => unknown;

export interface SplitOnErrorOptions {
  /**
   * The records that later calls leave out behind an unresolved one: `key`, those of its partition key (of its item, for DynamoDB
   * Streams); `shard`, all; `none`, no record.
   *
   * @default 'key'
   */
  readonly order?: Order;
}

/**
 * Wraps a handler that throws for its whole batch. After a throw Undam calls it again with the halves of its records, in the same
 * invocation, until the bad record is alone, and charges only that record. With n records in the batch, a bad record costs at
 * most 2 * ceil(log2 n) + 1 calls, apart from further attempts on it. Records of a call that threw are in later calls again, so
 * the handler repeats the work that it had done on them.
 *
 * @throws UndamError `bad-option` at construction. The returned function rejects with `partial-batch-missing`, `claimed-twice`,
 *   `event-changed`, `no-time` or `budget-ended`; then the invocation fails as a whole
 */
export function splitOnError<R extends StreamRecord = KinesisStreamRecord>(
  handler: AllOrNothingHandler<R>,
  options: SplitOnErrorOptions = {},
): StreamHandler<R> {
  checkHandler('splitOnError()', handler);
  checkOptions('splitOnError()', options, { order: oneOf('key', 'shard', 'none') });
  const { order = 'key' } = options;
  return wrap('splitOnError', (given, event: StreamEvent<R>, context) => {
    const call = (chunk: unknown, signal: AbortSignal): unknown =>
      handler(chunk as StreamEvent<R>, context, { signal });
    // A copy, so that the handler's changes to its event stay in its call.
    const own = { ...event, Records: [...given.batch.records] };
    return new SplitRun(given, order, callWithChunks(own, given.batch, call));
  });
}
