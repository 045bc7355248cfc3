/** Time as a simulation has it. */
export interface SimulatedClock {
  /** Milliseconds since the run began; only ever rises. */
  now(): number;
  /** Epoch milliseconds; may be stepped. */
  date(): number;
  /** Fires in the order of time, then of setting. */
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** The event loop stands still: time passes and nothing fires. */
  block(ms: number): void;
  /** The wall clock jumps; `now` does not. */
  stepDate(ms: number): void;
}
