import { mustLead } from '../../ledgers/ledger.ts';
import type { RunOptions } from './run.ts';

/**
 * Divides a batch with suspects into turns: the records before the first suspect, then that suspect with nothing else in flight,
 * then the records before the next one. A death thus points to one record.
 */
export class Barrier {
  readonly #suspects: number[];
  /** True in the first suspect's own turn. */
  #solo = false;

  /** @param suspects in batch order */
  constructor(suspects: readonly number[]) {
    this.#suspects = [...suspects];
  }

  /** The suspect whose turn it is, if any. */
  get alone(): number | undefined {
    return this.#solo ? this.#suspects[0] : undefined;
  }

  /** Records from this index on do not start in this turn. */
  get end(): number {
    const suspect = this.#suspects[0] ?? Infinity;
    return this.#solo ? suspect + 1 : suspect;
  }

  /** Everything that could start in this turn has ended. False if this was the last turn. */
  pass(): boolean {
    if (this.#suspects.length === 0) return false;
    if (this.#solo) this.#suspects.shift();
    this.#solo = !this.#solo;
    return true;
  }
}

/** The records of the next call: those before the first suspect, or that suspect alone. */
export function beforeSuspect(indexes: readonly number[], suspects: ReadonlySet<number>): readonly number[] {
  const place = indexes.findIndex((index) => suspects.has(index));
  return place < 0 ? indexes : indexes.slice(0, Math.max(1, place));
}

/**
 * True if the invocation must end before a suspect, which then leads the next batch: it has died alone before, other suspects come
 * first, or zombies run beside it and its death would point to no single record.
 */
export function mustEndBefore(
  suspect: number,
  { batch: { sequenceNumbers }, batchState, environment }: RunOptions,
): boolean {
  if (suspect === batchState.head) return false;
  if (environment.zombies.count > 0) return true;
  const memory = batchState.known(suspect);
  if (memory === undefined) return false;
  // Ending before a member of the first unit would save nothing: the whole unit comes again.
  const isOfFirst = sequenceNumbers[suspect] === sequenceNumbers[0];
  return isOfFirst ? memory.suspect === 'later' : mustLead(memory);
}
