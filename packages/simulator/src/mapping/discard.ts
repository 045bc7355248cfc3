import type { SourceRecord } from './ports.ts';
import type { FunctionError } from './retries.ts';

/** A batch that the mapping discarded, with the facts of its `OnFailure` message. */
export interface Discard<R extends SourceRecord> {
  readonly shardId: string;
  /** Empty for the final invocation of a window. */
  readonly records: readonly R[];
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** Attempts on this very (sub-)batch, without those on the larger batches it came from; 1 before any attempt (recorded). */
  readonly approximateInvokeCount: number;
  readonly functionError: FunctionError;
  /** The request id of the invocations that carried the batch; a new one if none did (recorded). */
  readonly requestId: string;
  /** False if no attempt reached the function, as for a record that no event can carry. */
  readonly reachedFunction: boolean;
  /** Present for the invocations of a tumbling window (recorded for a final one). */
  readonly timeWindowInfo?: TimeWindowInfo;
  /** Builds the event that was not processed, as a bucket keeps it. */
  readonly event: () => object;
}

/** The window of an invocation that failed. */
export interface TimeWindowInfo {
  readonly window: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}
