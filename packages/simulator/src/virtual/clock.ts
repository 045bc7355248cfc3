/** The clock of a simulation. */
export interface SimulatedClock {
  /** Milliseconds since the run began; never decreases. */
  now(): number;
  /** Epoch milliseconds; may jump. */
  date(): number;
  /** Timers fire in order of time, then of creation. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Blocks the event loop: time passes, and nothing fires. */
  block(ms: number): void;
  /** Moves the wall clock, but not `now`. */
  stepDate(ms: number): void;
}
