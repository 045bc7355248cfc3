import type { Stage } from '../../envelope/envelope.ts';
import type { AttemptFailed } from '../../observe/events.ts';

/** How one start of the handler on a record ended. */
export type AttemptEnd = typeof done | FailedAttempt;

/** One object for all: the end of a record that succeeds allocates nothing. */
export const done = { how: 'done' } as const;

export interface FailedAttempt {
  /** `timed-out` after its `recordMs`, `cut-off` by the end of the batch's budget. */
  readonly how: 'rejected' | 'timed-out' | 'cut-off';
  readonly error: unknown;
  readonly stage: Stage;
  /** A handler that has not settled may yet kill the process, and its record does not start again in this invocation. */
  readonly settled: boolean;
  /** The event loop stood still for most of the attempt: a cut-off is no fault of the record. @default false */
  readonly stoodStill?: boolean;
  /** For callers that know what the error says of the record. @default what its kind says */
  readonly judgement?: Judgement;
}

/** The fault that an error shows: of the record (`ordinary` where another attempt may succeed), or of what the handler calls. */
export type Judgement = 'ordinary' | 'permanent' | 'undecodable' | 'outage';

/** The next step for a record after a failed attempt; `again` starts another one in place, `at` on the clock. */
export type Next =
  | { readonly next: 'again'; readonly at: number }
  | { readonly next: Exclude<AttemptFailed['next'], 'again'> };
