/**
 * Where a batch has suspects, its records start in turns: what stands before the first suspect, then that one with
 * nothing else in flight, then what stands before the next. So whatever dies is pinned on one record.
 */
export class Barrier {
  readonly #suspects: number[];
  /** The turn is that of the first suspect alone. */
  #solo = false;

  /** @param suspects in batch order */
  constructor(suspects: readonly number[]) {
    this.#suspects = [...suspects];
  }

  /** The suspect whose turn it is. */
  get alone(): number | undefined {
    return this.#solo ? this.#suspects[0] : undefined;
  }

  /** What stands here or behind it does not start in this turn. */
  get end(): number {
    const suspect = this.#suspects[0] ?? Infinity;
    return this.#solo ? suspect + 1 : suspect;
  }

  /** Everything that could start in this turn has ended. False where that was the last one. */
  pass(): boolean {
    if (this.#suspects.length === 0) return false;
    if (this.#solo) this.#suspects.shift();
    this.#solo = !this.#solo;
    return true;
  }
}

/** The records of the next call: those before the first suspect, or that one alone. */
export function beforeSuspect(indexes: readonly number[], suspects: ReadonlySet<number>): readonly number[] {
  const place = indexes.findIndex((index) => suspects.has(index));
  return place < 0 ? indexes : indexes.slice(0, Math.max(1, place));
}
