import { Attempt, type Spare } from './attempt.ts';
import type { Stage } from './judge.ts';

/** A place in which one record runs at a time. */
export interface Slot extends Spare {
  index: number;
  /** On the clock. */
  startedAt: number;
  /** Milliseconds of the running attempt in which the event loop stood still. */
  stoodStillMs: number;
  /** On the clock: when the running attempt has used up its `recordMs`. */
  endsAt: number;
  attempt: Attempt<unknown> | undefined;
  stage: Stage;
  /** `timed-out` and `cut`: the signal was aborted, and the handler has one turn to settle; then it is a `zombie`. */
  state: 'running' | 'timed-out' | 'cut' | 'zombie';
  /** Whether a zombie that settles may still change what its record's outcome is. */
  revisable: boolean;
  /** The handler was given up and has not settled. */
  isZombie: boolean;
  /** Why its signal was aborted. */
  abortedBy: unknown;
}

/** Aborts the signal of what runs in the slot. */
export function abortSlot(slot: Slot, state: Slot['state'], error: unknown): void {
  slot.state = state;
  slot.abortedBy = error;
  if (slot.attempt !== undefined) Attempt.abort(slot.attempt, error);
}

/** The platform's own kind of error for a signal that a time-out aborted. */
export function timeout(message: string): DOMException {
  return new DOMException(message, 'TimeoutError');
}
