import type { Emit } from '../../../observe/events.ts';
import type { Timer, TimerListener } from '../../time/timer.ts';
import type { Slot } from './slot.ts';

/** A shorter time is given back without an event. */
const minReportedMs = 100;

/**
 * Ends attempts whose time is over, the record's or the batch's: aborts the signal, then gives the handler one turn of the event
 * loop to settle.
 */
export class TimeOuts implements TimerListener {
  readonly #running: ReadonlySet<Slot>;
  readonly #timer: Timer;
  readonly #recordMs: number;
  readonly #emit: Emit;

  constructor(running: ReadonlySet<Slot>, timer: Timer, recordMs: number, emit: Emit) {
    this.#running = running;
    this.#timer = timer;
    this.#recordMs = recordMs;
    this.#emit = emit;
  }

  /** Time for which the event loop was blocked counts against no record. */
  onStoodStill(stoodStillMs: number): void {
    if (stoodStillMs >= minReportedMs) this.#emit({ type: 'event-loop-blocked', stoodStillMs });
    for (const slot of this.#running) {
      slot.endsAt += stoodStillMs;
      slot.stoodStillMs += stoodStillMs;
    }
  }

  /** Ends attempts that have used up their `recordMs`. @returns when the next attempt will, on the clock */
  onBeat(now: number): number {
    let next = Infinity;
    for (const slot of this.#running) {
      if (slot.state !== 'running') continue;
      if (slot.endsAt <= now) this.#timeOut(slot);
      else if (slot.endsAt < next) next = slot.endsAt;
    }
    return next;
  }

  #timeOut(slot: Slot): void {
    slot.timeOut(
      timeout(
        `the attempt did not settle within recordMs (${this.#recordMs} ms): raise recordMs, or stop the work on its signal`,
      ),
    );
    this.#timer.afterTurn(() => slot.turnOver());
  }

  /** Cuts off the running attempts at the end of the batch's budget. */
  cutOff(): void {
    const reason = timeout("the batch's time budget ended before the attempt settled");
    for (const slot of this.#running) slot.abort('cut-off', reason);
    this.#timer.afterTurn(() => {
      for (const slot of this.#running) slot.turnOver();
    });
  }
}

/** The platform's error for a signal that a time-out aborts. */
export function timeout(message: string): DOMException {
  return new DOMException(message, 'TimeoutError');
}
