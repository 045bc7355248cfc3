/** Time and chance as the engine sees them; passed in, so that tests and the simulator own both. */
export interface Clock {
  /** Milliseconds that only ever rise; comparable within one process. */
  now(): number;
  /** Epoch milliseconds. */
  date(): number;
  /** A timer that keeps the process alive. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface Ambient {
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

// Taken at import: a handler that patches these globals later does not reach the engine.
const { setTimeout, clearTimeout } = globalThis;
const { hrtime } = process;
const date = Date.now;
const random = Math.random;

/** The process's own clock and randomness. */
export const systemAmbient: Ambient = {
  clock: {
    // The first look at `performance` would load it; this costs half as much each time, too.
    now: () => {
      const time = hrtime();
      return time[0] * 1e3 + time[1] / 1e6;
    },
    date,
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  },
  random,
};
