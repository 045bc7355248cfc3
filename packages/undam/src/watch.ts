import type { Clock } from './clock.ts';
import { Heap } from './heap.ts';

/**
 * How often the watch looks at the clock while nothing is due: at a tenth of the shortest time it watches over, within
 * these bounds. Of each stand-still of the event loop, less than one beat and `lateMs` can go unseen.
 */
const beat = { mostMs: 50, leastMs: 5, share: 0.1 };

/** Lateness below this is the timer's own. */
const lateMs = 5;

interface Due {
  readonly at: number;
  run: (() => void) | undefined;
}

/**
 * The one timer of an invocation. It is ref'd and armed from the first hook to the last, so that a promise that never
 * settles cannot drain the event loop: the runtime would then answer `null`, which Lambda takes as success.
 *
 * A timer that fires late means that the event loop stood still. Nothing falls due then before the loop has had one
 * more turn, in which work that finished meanwhile can say so.
 */
export class Watch {
  /** Called while nothing stands still; answers when it wants to be called next at the latest. */
  onBeat: ((now: number) => number) | undefined;
  /** Called with the milliseconds in which the event loop stood still. */
  onStoodStill: ((ms: number) => void) | undefined;

  readonly #clock: Clock;
  readonly #dues = new Heap<Due>((a, b) => a.at < b.at);
  #beatMs = beat.mostMs;
  #timer: unknown;
  #firesAt = Infinity;
  #turnGiven = false;
  #stopped = false;

  constructor(clock: Clock, now: number = clock.now()) {
    this.#clock = clock;
    this.#arm(now);
  }

  /** Watches again after a stop. */
  resume(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#arm(this.#clock.now());
  }

  /** Runs `run` once it is `at` or later; the returned function takes that back. */
  at(at: number, run: () => void): () => void {
    if (at === Infinity || this.#stopped) return () => {};
    const due: Due = { at, run };
    this.#dues.push(due);
    if (at < this.#firesAt) this.#arm(this.#clock.now());
    return () => {
      due.run = undefined;
    };
  }

  /** Runs `run` after the event loop has had a turn. */
  afterTurn(run: () => void): void {
    this.at(this.#clock.now() + 1, run);
  }

  /** Watches over something that may take no longer than this. */
  watchOver(ms: number): void {
    const beatMs = Math.max(beat.leastMs, ms * beat.share);
    if (beatMs >= this.#beatMs) return;
    this.#beatMs = beatMs;
    this.#arm(this.#clock.now());
  }

  /** No timer is left behind; nothing falls due any more. */
  stop(): void {
    this.#stopped = true;
    this.onBeat = undefined;
    this.onStoodStill = undefined;
    this.#clock.clearTimeout(this.#timer);
  }

  #arm(now: number, at = now + this.#beatMs): void {
    if (this.#stopped) return;
    this.#clock.clearTimeout(this.#timer);
    this.#firesAt = Math.min(at, now + this.#beatMs, this.#dues.first?.at ?? Infinity);
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(0, Math.ceil(this.#firesAt - now)));
  }

  #fire(): void {
    const now = this.#clock.now();
    const late = now - this.#firesAt;
    if (late >= lateMs) {
      // What stood still may have begun up to one beat before the timer was due.
      this.onStoodStill?.(late + Math.min(this.#beatMs, late));
      if (!this.#turnGiven) {
        this.#giveTurn(now);
        return;
      }
    }
    this.#turnGiven = false;
    const next = this.onBeat?.(now);
    this.#runDue(now);
    this.#arm(now, next);
  }

  #giveTurn(now: number): void {
    if (this.#stopped) return;
    this.#turnGiven = true;
    this.#firesAt = now;
    this.#timer = this.#clock.setTimeout(() => this.#fire(), 0);
  }

  #runDue(now: number): void {
    for (let due = this.#dues.first; due !== undefined && due.at <= now && !this.#stopped; due = this.#dues.first) {
      this.#dues.take();
      due.run?.();
    }
  }
}
