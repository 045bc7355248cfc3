import type { SimulatedClock } from './clock.ts';
import { Fence } from './fence.ts';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

// Captured at import: a run may replace the globals.
const { setImmediate } = globalThis;

/** 2025-01-01: the default start of a run. */
export const startDate = 1_735_689_600_000;

/** Time that passes only when nothing else can happen. Each step costs one real turn of the event loop. */
export class VirtualTime implements SimulatedClock {
  readonly #heap = new TimerHeap();
  #now = 0;
  #order = 0;
  #dateOffset: number;
  #turns = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param from epoch milliseconds */
  constructor(from: number = startDate) {
    this.#dateOffset = from;
  }

  /** Turns of the event loop so far. */
  get turns(): number {
    return this.#turns;
  }

  now = (): number => this.#now;
  date = (): number => this.#dateOffset + Math.floor(this.#now);

  setTimeout = (run: () => void, ms: number): HeapTimer => {
    const fence = Fence.current();
    const timer: HeapTimer = { at: this.#now + Math.max(0, ms || 0), order: this.#order++, run };
    if (fence) timer.run = () => this.#fire(timer, fence, run);
    this.#heap.push(timer);
    return timer;
  };

  #fire(timer: HeapTimer, fence: Fence, run: () => void): void {
    if (!fence.isFrozen) {
      fence.runOrCrash(run);
      return;
    }
    // It can still be cleared while it waits.
    timer.run = () => fence.runOrCrash(run);
    fence.park(() => {
      if (!timer.run) return;
      timer.at = this.#now;
      this.#heap.push(timer);
    });
  }

  clearTimeout = (timer: unknown): void => {
    if (timer) (timer as HeapTimer).run = undefined;
  };

  block = (ms: number): void => {
    this.#now += Math.max(0, ms);
  };

  stepDate = (ms: number): void => {
    this.#dateOffset += ms;
  };

  /** Makes `runUntil` throw this error, whether or not its promise settles. The first error counts. */
  fail = (error: unknown): void => {
    this.#failure ??= { error };
  };

  sleep = (ms: number): Promise<void> => new Promise((resolve) => this.setTimeout(resolve, ms));

  /**
   * Advances time until the promise has settled, `until` has come, or no timer is left; true if the promise settled.
   *
   * @throws the error given to `fail`
   */
  async runUntil(promise: Promise<unknown>, until: number = Infinity): Promise<boolean> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await turn();
      this.#turns++;
      if (this.#failure) throw this.#failure.error;
      if (settled) return true;
      const next = this.#heap.peek();
      if (!next || next.at > until) {
        if (until !== Infinity) this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#heap.pop();
      this.#now = Math.max(this.#now, next.at);
      const { run } = next;
      next.run = undefined;
      run?.();
    }
  }
}

/** Runs everything that is ready. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
