import type { Clock } from '../../src/base/clock.ts';
import { Promise } from '../../src/base/intrinsics.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time that passes only when nothing else can happen: a model of ours, since no real clock can be stepped. */
export class VirtualClock implements Clock {
  /** Turns of the real event loop per step. A library's promise takes one for each `then`. @default 1 */
  turns = 1;
  #now = 0;
  #order = 0;
  readonly #timers = new Set<Timer>();

  now = (): number => this.#now;
  date = (): number => 1_700_000_000_000 + this.#now;

  setTimeout = (run: () => void, ms: number): Timer => {
    const timer = { at: this.#now + Math.max(1, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return timer;
  };

  clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as Timer);
  };

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimeout(resolve, ms);
    });
  }

  /** Blocks the event loop: time passes and no timer fires. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** Lets time pass until the promise has settled or `until` has come; true if it settled. */
  async runUntil(promise: Promise<unknown>, until: number): Promise<boolean> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      for (let turns = 0; turns < this.turns; turns++) await turn();
      if (settled) return true;
      const next = this.#next();
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Everything that is ready runs. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
