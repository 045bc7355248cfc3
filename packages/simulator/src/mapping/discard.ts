import type { SourceRecord } from './ports.ts';
import type { FunctionError } from './retries.ts';

/** What the mapping gave up, with what its `OnFailure` message says about it. */
export interface Discard<R extends SourceRecord> {
  readonly shardId: string;
  /** None for the final invocation of a window. */
  readonly records: readonly R[];
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  /** Attempts on this very (sub-)batch, not on the larger ones it came from; 1 before any (recorded). */
  readonly approximateInvokeCount: number;
  readonly functionError: FunctionError;
  /** That of the invocations that carried the batch; one of its own where none did (recorded). */
  readonly requestId: string;
  /** False where no attempt reached the function, as for a record that no event can carry. */
  readonly reachedFunction: boolean;
  /** Present for the invocations of a tumbling window (recorded for a final one). */
  readonly timeWindowInfo?: TimeWindowInfo;
  /** The event that was not processed, built anew, as a bucket keeps it. */
  readonly event: () => object;
}

/** The window of an invocation that failed. */
export interface TimeWindowInfo {
  readonly window: { readonly start: string; readonly end: string };
  readonly isFinalInvokeForWindow: boolean;
  readonly isWindowTerminatedEarly: boolean;
}
