import type { Note } from './context.ts';

/** The engine may miss less than one beat of each stand-still, and a timer's own lateness. */
const beat = { maxMs: 50, minMs: 5, share: 0.1, latenessMs: 5 };

/** The stand-stills of the event loop. */
export class EventLoop {
  /** In all, without the share that the engine may miss. */
  stoodStillMs = 0;
  standStills = 0;
  /** End of the last one; -Infinity before the first. */
  stoodStillUntil = -Infinity;
  readonly #now: () => number;
  readonly #unseenMs: number;
  readonly #note: Note | undefined;

  /** @param recordMs the time of a record; 0: none */
  constructor(now: () => number, recordMs: number, note: Note | undefined) {
    this.#now = now;
    this.#note = note;
    const share = (recordMs || Infinity) * beat.share;
    this.#unseenMs = Math.min(beat.maxMs, Math.max(beat.minMs, share)) + beat.latenessMs;
  }

  stoodStill(ms: number): void {
    this.standStills++;
    this.stoodStillUntil = this.#now();
    this.stoodStillMs += Math.max(0, ms - this.#unseenMs);
    this.#note?.(() => `the event loop stands still for ${ms} ms`);
  }
}
