import type { Stage } from '../../../envelope/envelope.ts';
import { type AttemptEnd, done, type FailedAttempt } from '../../judge/attempt-end.ts';
import { Attempt, type Spare } from './record-attempt.ts';

/** Receives the reports of its slots. */
export interface SlotOwner {
  /** An awaited handler or decoder has settled, in time or late. */
  settled(slot: Slot, end: AttemptEnd): void;
  /** The record's time is over: its handler has one turn of the event loop left, and the slot is free for another record. */
  timedOut(slot: Slot): void;
  /** The last turn of a timed-out or cut-off attempt is over. */
  turnOver(slot: Slot): void;
}

/**
 * The state of the attempt. `timed-out` and `cut-off`: its signal is aborted, and the handler has one turn of the loop to settle.
 * After that turn the attempt is a `zombie`, until it is `settled`.
 */
type SlotState = 'running' | 'timed-out' | 'cut-off' | 'zombie' | 'settled';

/** A place for one running record at a time. */
export class Slot implements Spare {
  index: number;
  /** The number of the attempt on its record, from 1. */
  number = 1;
  /** On the clock. */
  startedAt = 0;
  /** The milliseconds of the running attempt for which the event loop was blocked. */
  stoodStillMs = 0;
  /** The end of the running attempt's `recordMs`, on the clock. */
  endsAt: number = Infinity;
  attempt: Attempt<unknown> | undefined;
  controller: AbortController | undefined;
  stage: Stage = 'decode';
  state: SlotState = 'running';
  /** True if a zombie that settles may still change its record's outcome. */
  revisable = false;
  /** The reason with which its signal was aborted. */
  abortedBy: unknown;
  readonly resolved = (): void => this.#owner.settled(this, done);
  readonly rejected = (error: unknown): void => this.#owner.settled(this, this.thrown(error));
  readonly #owner: SlotOwner;

  constructor(index: number, owner: SlotOwner) {
    this.index = index;
    this.#owner = owner;
  }

  /** True for a zombie, or an attempt about to become one: no other record runs alone beside it. */
  get isGivenUp(): boolean {
    return this.state === 'timed-out' || this.state === 'zombie';
  }

  settle(end: AttemptEnd): void {
    this.#owner.settled(this, end);
  }

  thrown(error: unknown): FailedAttempt {
    return { how: 'rejected', error, stage: this.stage, settled: true };
  }

  timeOut(reason: DOMException): void {
    this.#owner.timedOut(this);
    this.abort('timed-out', reason);
  }

  abort(state: SlotState, reason: DOMException): void {
    this.state = state;
    this.abortedBy = reason;
    if (this.attempt !== undefined) Attempt.abort(this.attempt, reason);
  }

  turnOver(): void {
    this.#owner.turnOver(this);
  }

  /** Ends an attempt whose handler did not settle in its last turn. From here on it is a zombie. */
  giveUp(now: number): FailedAttempt {
    const end = this.#aborted(this.state, this.abortedBy, false, now);
    this.state = 'zombie';
    return end;
  }

  /**
   * The effect of a handler that settles after its signal was aborted, until the verdict is sent or the response is fixed;
   * `again` if its failure is already charged, and its record may now start again.
   */
  settleLate(end: AttemptEnd, now: number): AttemptEnd | 'again' | undefined {
    const { state } = this;
    this.state = 'settled';
    if (state === 'zombie' && !this.revisable) return undefined;
    if (end.how === 'done') return end;
    return state === 'zombie' ? 'again' : this.#aborted(state, end.error, true, now);
  }

  #aborted(state: SlotState, error: unknown, settled: boolean, now: number): FailedAttempt {
    const how = state === 'cut-off' ? 'cut-off' : 'timed-out';
    const stoodStill = this.stoodStillMs >= (now - this.startedAt) / 2;
    return { how, error, stage: this.stage, settled, stoodStill };
  }
}
