import type { SimulatedClock } from './clock.ts';
import { Fence } from './fence.ts';
import { type HeapTimer, TimerHeap } from './timer-heap.ts';

// Taken at import: a run may replace the globals.
const { setImmediate } = globalThis;

/** 2025-01-01: every run begins then unless it says otherwise. */
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

  /** Ends `runUntil` with this error, whatever else becomes of it. The first one counts. */
  fail = (error: unknown): void => {
    this.#failure ??= { error };
  };

  sleep = (ms: number): Promise<void> => new Promise((resolve) => this.setTimeout(resolve, ms));

  /**
   * Lets time pass until the promise has settled or `until` has come or nothing is left; true if it settled.
   *
   * @throws what `fail` was called with
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

/** Everything that is ready runs. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
