import { checkOptions, oneOf } from '../base/options.ts';
import { callWithParts } from '../engine/run/batches/call-with-parts.ts';
import { SplitRun } from '../engine/run/batches/split-run.ts';
import type { Order } from '../engine/run/lanes.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { StreamEvent, StreamRecord } from '../streams/sources.ts';
import { checkHandler, type StreamHandler, wrap } from './wrapper.ts';

/**
 * A handler that gets many records at once and either succeeds with all of them or throws. Its answer is ignored, unless
 * it names failures. `signal` is aborted when the batch's budget ends.
 */
export type AllOrNothingHandler<R extends StreamRecord> = (
  event: StreamEvent<R>,
  context: LambdaContext,
  options: { readonly signal: AbortSignal },
) => unknown;

export interface SplitOnErrorOptions {
  /**
   * Which records are left out of later calls behind one that is unresolved: `key`, those of its partition key (of its
   * item, for DynamoDB Streams); `shard`, all; `none`, no record.
   *
   * @default 'key'
   */
  readonly order?: Order;
}

/**
 * Wraps a handler that throws for its whole batch. On a throw it is called again with the halves of what it got, in the
 * same invocation, until the bad record stands alone; that one is charged. With n records in the batch, a bad record
 * costs 2·ceil(log2 n) + 1 calls at most, attempts in place of that record aside. Records of a call that threw are in
 * later calls again, so what the handler had done for them by then is repeated.
 *
 * @throws UndamError `bad-option` at construction; the returned function `partial-batch-missing`, `claimed-twice`,
 * `event-changed`, `no-time` or `budget-ended`, and then the invocation fails as a whole
 */
export function splitOnError<R extends StreamRecord = KinesisStreamRecord>(
  handler: AllOrNothingHandler<R>,
  options: SplitOnErrorOptions = {},
): StreamHandler<R> {
  checkHandler('splitOnError()', handler);
  checkOptions('splitOnError()', options, { order: oneOf('key', 'shard', 'none') });
  const { order = 'key' } = options;
  return wrap('splitOnError', (given, event: StreamEvent<R>, context) => {
    const call = (part: unknown, signal: AbortSignal): unknown => handler(part as StreamEvent<R>, context, { signal });
    // A copy: the handler's changes to its event stay in its call.
    const own = { ...event, Records: [...given.batch.records] };
    return new SplitRun(given, order, callWithParts(own, given.batch, call));
  });
}
