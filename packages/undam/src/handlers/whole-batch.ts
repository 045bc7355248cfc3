import { checkOptions, oneOf } from '../base/options.ts';
import { BatchRun } from '../engine/run/batches/batch-run.ts';
import { callWithParts } from '../engine/run/batches/call-with-parts.ts';
import type { Reports } from '../engine/run/batches/reports.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { StreamEvent, StreamRecord } from '../streams/sources.ts';
import { checkHandler, type StreamHandler, wrap } from './wrapper.ts';

/** Which records of a call failed: those that are named, or those whose settled result, one for each record, is a rejection. */
export type BatchAnswer =
  | { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] }
  | readonly PromiseSettledResult<unknown>[];

/**
 * A handler that gets many records at once and answers which of them failed. `signal` is aborted when the batch's budget
 * ends.
 */
export type BatchHandler<R extends StreamRecord, A = BatchAnswer | PromiseLike<BatchAnswer>> = (
  event: StreamEvent<R>,
  context: LambdaContext,
  options: { readonly signal: AbortSignal },
) => A;

/** Nothing fits the text, which is what the compiler shows where a handler may answer nothing. */
type Answering<A> = 0 extends 1 & A
  ? unknown
  : [Extract<Awaited<A>, void> | Extract<Awaited<A>, null>] extends [never]
    ? unknown
    : 'a handler that answers nothing goes through splitOnError(), any other answers { batchItemFailures }; type its event, not the handler as KinesisStreamHandler';

export interface WholeBatchOptions {
  /**
   * `first`: the handler may stop at its first failure, so only the lowest identifier it reports is charged, and nothing
   * behind that record counts as done. `every`: it runs and reports every record.
   *
   * @default 'first'
   */
  readonly reports?: Reports;
}

/**
 * Wraps a handler that already reports its failures; one that answers nothing, and throws when something fails, does not
 * compile here and goes through `splitOnError()`. It is ended when the batch's budget ends, and called again with the
 * records behind one that was quarantined.
 *
 * @throws UndamError `bad-option` at construction; the returned function `partial-batch-missing`, `claimed-twice`,
 * `event-changed`, `no-time`, `unreadable-answer` or `budget-ended`, or what the handler threw, and then the invocation
 * fails as a whole
 */
export function wholeBatch<R extends StreamRecord = KinesisStreamRecord, A = BatchAnswer | PromiseLike<BatchAnswer>>(
  handler: BatchHandler<R, A> & Answering<A>,
  options: WholeBatchOptions = {},
): StreamHandler<R> {
  checkHandler('wholeBatch()', handler);
  checkOptions('wholeBatch()', options, { reports: oneOf('first', 'every') });
  const { reports = 'first' } = options;
  return wrap('wholeBatch', (given, event: StreamEvent<R>, context) => {
    const call = (part: unknown, signal: AbortSignal): unknown => handler(part as StreamEvent<R>, context, { signal });
    return new BatchRun(given, reports, callWithParts(event, given.batch, call));
  });
}
