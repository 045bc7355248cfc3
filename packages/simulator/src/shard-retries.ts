import { readBatchItemFailures } from './batch-item-failures.ts';
import type { Mapping } from './mapping.ts';

/** What one invocation of the function came to, as the mapping sees it. A time-out is a function error (documented). */
export type InvocationResult =
  | { readonly kind: 'response'; readonly payload: unknown }
  | { readonly kind: 'function-error' };

/** Records of one shard that go to the function together, and how often they have failed as they are. */
export interface Batch<R extends SequencedRecord> {
  readonly records: readonly R[];
  readonly failedAttempts: number;
}

export interface SequencedRecord {
  /** Decimal digits, up to 56 of them. */
  readonly sequenceNumber: string;
}

/** Records that the mapping gave up, with what its `OnFailure` message says about them. */
export interface Discard<R extends SequencedRecord> {
  readonly records: readonly R[];
  readonly condition: 'RetryAttemptsExhausted';
  /** Attempts on this very (sub-)batch, not on the larger ones it came from (recorded). */
  readonly approximateInvokeCount: number;
  /** `Unhandled` after an error, null when the failure was a response (recorded). */
  readonly functionError: 'Unhandled' | null;
}

/** What the mapping does next with one batch. */
export interface NextStep<R extends SequencedRecord> {
  /** Records the checkpoint moves past because they count as processed. */
  readonly processed: readonly R[];
  /** Records the checkpoint moves past because their attempts have run out. */
  readonly discarded?: Discard<R>;
  /** What goes to the function next, in this order and before anything else of the shard. */
  readonly next: readonly Batch<R>[];
}

/**
 * The mapping's answer to one invocation: pure, for one batch of one shard.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function afterInvocation<R extends SequencedRecord>(
  batch: Batch<R>,
  result: InvocationResult,
  mapping: Mapping,
): NextStep<R> {
  const { records } = batch;
  if (result.kind === 'function-error') return afterError(batch, mapping);
  // Documented: without ReportBatchItemFailures the response is not looked at.
  if (!mapping.FunctionResponseTypes.includes('ReportBatchItemFailures')) return { processed: records, next: [] };
  const sequenceNumbers = records.map((record) => record.sequenceNumber);
  const verdict = readBatchItemFailures(result.payload, sequenceNumbers);
  if (verdict.kind === 'complete-success') return { processed: records, next: [] };
  // Documented with bisect: split at the reported record. Recorded: any progress gives the rest a fresh counter.
  if (verdict.kind === 'partial-failure' && verdict.index > 0) {
    const rest = { records: records.slice(verdict.index), failedAttempts: 0 };
    return { processed: records.slice(0, verdict.index), next: [rest] };
  }
  // Recorded: naming the first record is no progress and counts as an attempt. Assumed: bisect does not halve then.
  return retryOrDiscard(batch, mapping, null);
}

function afterError<R extends SequencedRecord>(batch: Batch<R>, mapping: Mapping): NextStep<R> {
  const { records } = batch;
  if (!mapping.BisectBatchOnFunctionError || records.length === 1) return retryOrDiscard(batch, mapping, 'Unhandled');
  // Documented: splitting uses up no retry. Assumed: each half starts with a fresh counter, the first half goes first.
  const middle = Math.ceil(records.length / 2);
  const halves = [records.slice(0, middle), records.slice(middle)];
  return { processed: [], next: halves.map((half) => ({ records: half, failedAttempts: 0 })) };
}

function retryOrDiscard<R extends SequencedRecord>(
  batch: Batch<R>,
  mapping: Mapping,
  functionError: 'Unhandled' | null,
): NextStep<R> {
  const { records } = batch;
  const failedAttempts = batch.failedAttempts + 1;
  // Documented: MaximumRetryAttempts counts the retries after the first attempt; -1 has no end.
  if (mapping.MaximumRetryAttempts === -1 || failedAttempts <= mapping.MaximumRetryAttempts) {
    return { processed: [], next: [{ records, failedAttempts }] };
  }
  // Documented: everything from the checkpoint to the end of the (sub-)batch goes, healthy neighbours included.
  const condition = 'RetryAttemptsExhausted';
  return {
    processed: [],
    discarded: { records, condition, approximateInvokeCount: failedAttempts, functionError },
    next: [],
  };
}
