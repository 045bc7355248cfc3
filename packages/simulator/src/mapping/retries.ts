import type { EventSourceMapping } from 'undam/mapping';
import type { MappingAssumptions } from './assumptions.ts';
import { readBatchItemFailures } from './batch-item-failures.ts';
import type { InvocationResult, SourceRecord } from './ports.ts';
import { reportedPlaces } from './reported-places.ts';

/** Records that go to the function together, with the number of failures in this composition. */
export interface Batch<R extends SourceRecord> {
  readonly records: readonly R[];
  readonly failedAttempts: number;
}

/** Records whose attempts have run out. */
export interface Exhausted<R extends SourceRecord> {
  readonly records: readonly R[];
  /** Attempts on this very (sub-)batch, without those on the larger batches it came from (recorded). */
  readonly approximateInvokeCount: number;
  readonly functionError: FunctionError;
}

/** `Unhandled` after an error, null if the failure was a response (recorded). */
export type FunctionError = 'Unhandled' | null;

/** The mapping's next step with one batch. */
export interface NextStep<R extends SourceRecord> {
  /** Records that the checkpoint passes because the function's answer does not report them. */
  readonly processed: readonly R[];
  /** Records that the checkpoint passes although the answer reports them: Lambda does not read the report. */
  readonly passedThoughReported: readonly R[];
  /** Records that the checkpoint passes because their attempts have run out. */
  readonly exhausted?: Exhausted<R>;
  /** The function's next batches, in order, before anything else of the sub-shard. */
  readonly next: readonly Batch<R>[];
}

export type RetrySettings = Pick<
  EventSourceMapping,
  'MaximumRetryAttempts' | 'BisectBatchOnFunctionError' | 'FunctionResponseTypes'
>;

/**
 * The mapping's reaction to one invocation that ran: pure, for one batch of one sub-shard.
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
    return bisects(batch, mapping)
      ? split(batch, middleOf(batch, assumptions))
      : afterFailure(batch, mapping, 'Unhandled');
  }
  const sequenceNumbers = records.map((record) => record.sequenceNumber);
  // Recorded: without ReportBatchItemFailures Lambda ignores the response.
  if (!mapping.FunctionResponseTypes.includes('ReportBatchItemFailures')) {
    return passed(records, reportedPlaces(result.payload, sequenceNumbers));
  }
  const verdict = readBatchItemFailures(result.payload, sequenceNumbers, assumptions);
  // A report that Lambda does not recognise, such as one under a wrong key.
  if (verdict.kind === 'complete-success') return passed(records, reportedPlaces(result.payload, sequenceNumbers));
  // Recorded: any progress gives the rest a fresh counter, with or without bisect.
  if (verdict.kind === 'partial-failure' && verdict.index > 0) {
    const rest = { records: records.slice(verdict.index), failedAttempts: 0 };
    return { ...none, processed: records.slice(0, verdict.index), next: [rest] };
  }
  if (!bisects(batch, mapping)) return afterFailure(batch, mapping, null);
  // Recorded: the first response that names the first record already splits the batch.
  if (verdict.kind === 'partial-failure') {
    return split(batch, assumptions.firstReportedSplit === 'alone' ? 1 : middleOf(batch, assumptions));
  }
  return assumptions.bisectOnBadResponse
    ? split(batch, middleOf(batch, assumptions))
    : afterFailure(batch, mapping, null);
}

/**
 * The step after an attempt that failed as a whole: the same batch again, or its discard. Documented: `MaximumRetryAttempts`
 * counts the retries after the first attempt; -1 means without limit.
 */
export function afterFailure<R extends SourceRecord>(
  { records, failedAttempts: before }: Batch<R>,
  { MaximumRetryAttempts }: Pick<RetrySettings, 'MaximumRetryAttempts'>,
  functionError: FunctionError,
): NextStep<R> {
  const failedAttempts = before + 1;
  if (MaximumRetryAttempts === -1 || failedAttempts <= MaximumRetryAttempts) {
    return { ...none, next: [{ records, failedAttempts }] };
  }
  // Recorded: the mapping discards everything from the checkpoint to the end of the (sub-)batch, healthy neighbours included.
  return { ...none, exhausted: { records, approximateInvokeCount: failedAttempts, functionError } };
}

const none = { processed: [], passedThoughReported: [], next: [] } as const;

function passed<R extends SourceRecord>(records: readonly R[], reported: ReadonlySet<number>): NextStep<R> {
  if (reported.size === 0) return { ...none, processed: records };
  return {
    ...none,
    processed: records.filter((_, place) => !reported.has(place)),
    passedThoughReported: records.filter((_, place) => reported.has(place)),
  };
}

function bisects<R extends SourceRecord>({ records }: Batch<R>, mapping: RetrySettings): boolean {
  return mapping.BisectBatchOnFunctionError && records.length > 1;
}

function middleOf<R extends SourceRecord>({ records }: Batch<R>, { middleGoesTo }: MappingAssumptions): number {
  return middleGoesTo === 'first' ? Math.ceil(records.length / 2) : Math.floor(records.length / 2);
}

/** Recorded: each part has a fresh counter, and the first part ends before the second starts. */
function split<R extends SourceRecord>({ records }: Batch<R>, at: number): NextStep<R> {
  const parts = [records.slice(0, at), records.slice(at)];
  return { ...none, next: parts.map((part) => ({ records: part, failedAttempts: 0 })) };
}
