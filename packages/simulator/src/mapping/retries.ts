import type { EventSourceMapping } from 'undam/mapping';
import type { MappingAssumptions } from './assumptions.ts';
import { readBatchItemFailures } from './batch-item-failures.ts';
import type { InvocationResult, SourceRecord } from './ports.ts';

/** Records that go to the function together, and how often they have failed as they are. */
export interface Batch<R extends SourceRecord> {
  readonly records: readonly R[];
  readonly failedAttempts: number;
}

/** Records that the mapping gave up, with what its `OnFailure` message says about them. */
export interface Discard<R extends SourceRecord> {
  readonly records: readonly R[];
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** Attempts on this very (sub-)batch, not on the larger ones it came from; 1 before any (recorded). */
  readonly approximateInvokeCount: number;
  /** `Unhandled` after an error, null when the failure was a response (recorded). */
  readonly functionError: 'Unhandled' | null;
}

/** What the mapping does next with one batch. */
export interface NextStep<R extends SourceRecord> {
  /** Records the checkpoint moves past because they count as processed. */
  readonly processed: readonly R[];
  /** Records the checkpoint moves past because their attempts have run out. */
  readonly discarded?: Discard<R>;
  /** What goes to the function next, in this order and before anything else of the lane. */
  readonly next: readonly Batch<R>[];
}

export type RetrySettings = Pick<
  EventSourceMapping,
  'MaximumRetryAttempts' | 'BisectBatchOnFunctionError' | 'FunctionResponseTypes'
>;

/**
 * The mapping's answer to one invocation that ran: pure, for one batch of one lane.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function afterInvocation<R extends SourceRecord>(
  batch: Batch<R>,
  result: Exclude<InvocationResult, { kind: 'throttled' }>,
  mapping: RetrySettings,
  assumptions: MappingAssumptions,
): NextStep<R> {
  const { records } = batch;
  if (result.kind === 'function-error') {
    return bisects(batch, mapping) ? halves(batch, assumptions) : retryOrDiscard(batch, mapping, 'Unhandled');
  }
  // Documented: without ReportBatchItemFailures the response is not looked at.
  if (!mapping.FunctionResponseTypes.includes('ReportBatchItemFailures')) return { processed: records, next: [] };
  const sequenceNumbers = records.map((record) => record.sequenceNumber);
  const verdict = readBatchItemFailures(result.payload, sequenceNumbers, assumptions);
  if (verdict.kind === 'complete-success') return { processed: records, next: [] };
  // Documented with bisect: split at the reported record. Recorded: any progress gives the rest a fresh counter.
  if (verdict.kind === 'partial-failure' && verdict.index > 0) {
    const rest = { records: records.slice(verdict.index), failedAttempts: 0 };
    return { processed: records.slice(0, verdict.index), next: [rest] };
  }
  const { bisectOnBadResponse, bisectOnFirstReported } = assumptions;
  const isHalved = verdict.kind === 'complete-failure' ? bisectOnBadResponse : bisectOnFirstReported;
  if (isHalved && bisects(batch, mapping)) return halves(batch, assumptions);
  // Recorded: naming the first record is no progress and counts as an attempt.
  return retryOrDiscard(batch, mapping, null);
}

function bisects<R extends SourceRecord>({ records }: Batch<R>, mapping: RetrySettings): boolean {
  return mapping.BisectBatchOnFunctionError && records.length > 1;
}

/** Documented: splitting uses up no retry, and the batches of a lane run one after the other, in order. */
function halves<R extends SourceRecord>(batch: Batch<R>, assumptions: MappingAssumptions): NextStep<R> {
  const { records } = batch;
  const failedAttempts = assumptions.counterOfHalves === 'fresh' ? 0 : batch.failedAttempts;
  const round = assumptions.middleGoesTo === 'first' ? Math.ceil : Math.floor;
  const middle = round(records.length / 2);
  const split = [records.slice(0, middle), records.slice(middle)];
  return { processed: [], next: split.map((half) => ({ records: half, failedAttempts })) };
}

function retryOrDiscard<R extends SourceRecord>(
  batch: Batch<R>,
  mapping: RetrySettings,
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
