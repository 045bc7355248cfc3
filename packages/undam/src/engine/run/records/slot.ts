import type { Stage } from '../../../envelope/envelope.ts';
import { Attempt, type Spare } from './attempt.ts';

/** What a handler threw, or its promise rejected with. */
export interface Thrown {
  readonly error: unknown;
}

/** A place in which one record runs at a time. */
export class Slot implements Spare {
  index: number;
  /** Which attempt on the record this is, from 1. */
  number = 1;
  /** On the clock. */
  startedAt = 0;
  /** Milliseconds of the running attempt in which the event loop stood still. */
  stoodStillMs = 0;
  /** On the clock: when the running attempt has used up its `recordMs`. */
  endsAt: number = Infinity;
  attempt: Attempt<unknown> | undefined;
  controller: AbortController | undefined;
  stage: Stage = 'decode';
  /** `timed-out` and `cut`: the signal was aborted, and the handler has one turn to settle; then it is a `zombie`. */
  state: 'running' | 'timed-out' | 'cut' | 'zombie' = 'running';
  /** Whether a zombie that settles may still change what its record's outcome is. */
  revisable = false;
  /** The handler was given up and has not settled. */
  isZombie = false;
  /** Why its signal was aborted. */
  abortedBy: unknown;
  readonly resolved = (): void => this.#ended(this, 'done');
  readonly rejected = (error: unknown): void => this.#ended(this, { error });
  readonly #ended: (slot: Slot, how: 'done' | Thrown) => void;

  /** @param ended told when what runs in it, and was waited for, has ended */
  constructor(index: number, ended: (slot: Slot, how: 'done' | Thrown) => void) {
    this.index = index;
    this.#ended = ended;
  }
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
