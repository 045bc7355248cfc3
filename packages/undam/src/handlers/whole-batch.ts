import { checkOptions, oneOf } from '../base/options.ts';
import { BatchRun } from '../engine/run/batches/batch-run.ts';
import { callWithChunks } from '../engine/run/batches/call-with-chunks.ts';
import type { Reports } from '../engine/run/batches/reports.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { StreamEvent, StreamRecord } from '../streams/sources.ts';
import { checkHandler, type StreamHandler, wrap } from './wrapper.ts';

/** The failed records of a call, by identifier; or one settled result for each record, of which the rejected ones failed. */
export type BatchAnswer =
  | { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }
  | readonly PromiseSettledResult<unknown>[];

/**
 * A handler that gets many records at once and answers which of them failed. `signal` is aborted when the batch's budget ends.
 */
export type BatchHandler<R extends StreamRecord, A = BatchAnswer | PromiseLike<BatchAnswer>> = (
  event: StreamEvent<R>,
  context: LambdaContext,
  options: { readonly signal: AbortSignal },
) => A;

/** No handler is assignable to the text, which the compiler shows for a handler that may answer nothing. */
type Answering<A> = 0 extends 1 & A
  ? unknown
  : [Extract<Awaited<A>, void> | Extract<Awaited<A>, null>] extends [never]
    ? unknown
    : 'a handler that answers nothing goes through splitOnError(), any other answers { batchItemFailures }; type its event, not the handler as KinesisStreamHandler';

export interface WholeBatchOptions {
  /**
   * `first`: the handler may stop at its first failure, so only the lowest identifier it reports is charged, and no record behind
   * that one counts as done. `every`: the handler runs and reports every record.
   *
   * @default 'first'
   */
  readonly reports?: Reports;
}

/**
 * Wraps a handler that already reports its failures. A handler that answers nothing, and throws on a failure, does not compile
 * here: wrap it in `splitOnError()`. The handler is cut off when the batch's budget ends, and called again with the records
 * behind a quarantined one.
 *
 * @throws UndamError `bad-option` at construction. The returned function rejects with `partial-batch-missing`, `claimed-twice`,
 *   `event-changed`, `no-time`, `unreadable-answer` or `budget-ended`, or with the handler's own error; then the invocation fails
 *   as a whole
 */
export function wholeBatch<R extends StreamRecord = KinesisStreamRecord, A = BatchAnswer | PromiseLike<BatchAnswer>>(
  handler: BatchHandler<R, A> & Answering<A>,
  options: WholeBatchOptions = {},
): StreamHandler<R> {
  checkHandler('wholeBatch()', handler);
  checkOptions('wholeBatch()', options, { reports: oneOf('first', 'every') });
  const { reports = 'first' } = options;
  return wrap('wholeBatch', (given, event: StreamEvent<R>, context) => {
    const call = (chunk: unknown, signal: AbortSignal): unknown =>
      handler(chunk as StreamEvent<R>, context, { signal });
    return new BatchRun(given, reports, callWithChunks(event, given.batch, call));
  });
}
