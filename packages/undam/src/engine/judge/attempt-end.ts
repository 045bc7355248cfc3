import type { Stage } from '../../envelope/envelope.ts';
import type { AttemptFailed } from '../../observe/events.ts';

/** The end of one start of the handler on a record. */
export type AttemptEnd = typeof done | FailedAttempt;

/** One shared object: the end of a record that succeeds allocates nothing. */
export const done = { how: 'done' } as const;

export interface FailedAttempt {
  /** `timed-out` after its `recordMs`, `cut-off` by the end of the batch's budget. */
  readonly how: 'rejected' | 'timed-out' | 'cut-off';
  readonly error: unknown;
  readonly stage: Stage;
  /** False for a handler that may still kill the process; its record does not start again in this invocation. */
  readonly settled: boolean;
  /**
   * True if the event loop was blocked for at least half of the attempt: then a cut-off is no fault of the record. @default false
   */
  readonly stoodStill?: boolean;
  /** Set by callers that know more than the error shows. @default the judgement of the error's kind */
  readonly judgement?: Judgement;
}

/** The fault that an error shows: of the record (`ordinary` if another attempt may succeed), or of a downstream (`outage`). */
export type Judgement = 'ordinary' | 'permanent' | 'undecodable' | 'outage';

/** The next step for a record after a failed attempt; `again` starts another attempt in place, `at` on the clock. */
export type Next =
  | { readonly next: 'again'; readonly at: number }
  | { readonly next: Exclude<AttemptFailed['next'], 'again'> };
