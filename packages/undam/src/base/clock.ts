/** The engine's time source, passed in so that tests and the simulator control it. */
export interface Clock {
  /** Monotonic milliseconds, comparable within one process. */
  now(): number;
  /** Epoch milliseconds. */
  date(): number;
  /** Starts a timer that keeps the process alive. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** Time and randomness. */
export interface Ambient {
  readonly clock: Clock;
  /** A random number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

// Captured at import, so that handlers that patch these globals later do not affect the engine.
const { setTimeout, clearTimeout } = globalThis;
const { hrtime } = process;
const date = Date.now;
const random = Math.random;

/** The system clock and randomness of this process. */
export const systemAmbient: Ambient = {
  clock: {
    // `performance` loads at its first use; `hrtime` is loaded already and costs half as much per call.
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
