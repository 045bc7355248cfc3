import { Set } from '../../../base/intrinsics.ts';
import { beforeSuspect } from '../suspect-barrier.ts';

/** The indexes of the records of one call, in batch order. */
export type Chunk = readonly number[];

/** The records still to be called, in chunks, and the lanes that wait. */
export class SplitQueue {
  readonly #lanes: readonly (string | undefined)[];
  /** A stack: the last chunk is the next. */
  #chunks: Chunk[] = [];
  /** Lanes that wait for a later delivery. */
  readonly #blocked = new Set<string>();
  /** The lane whose later records are set aside. */
  #waiting: string | undefined;
  #setAside: number[] = [];

  /** @param lanes the lane of each record of the batch; a record without one waits for no other */
  constructor(lanes: readonly (string | undefined)[]) {
    this.#lanes = lanes;
  }

  /** Queues all of these records, in smaller chunks the more calls the budget has cut off. */
  begin(indexes: Chunk, cuts: number): void {
    this.#chunks = chunksOf(indexes, cuts).reverse();
  }

  /** Queues chunks; the last one is called next. */
  push(...chunks: Chunk[]): void {
    this.#chunks.push(...chunks);
  }

  /** Takes the next chunk, without records behind an unresolved one; empty if nothing is left. */
  next(suspects: ReadonlySet<number>): Chunk {
    for (let chunk = this.#chunks.pop(); chunk !== undefined; chunk = this.#chunks.pop()) {
      const together = beforeSuspect(chunk, suspects);
      if (together.length < chunk.length) this.#chunks.push(chunk.slice(together.length));
      const free = together.filter((index) => this.#isFree(index));
      if (free.length > 0) return free;
    }
    return [];
  }

  /** Leaves the records behind this one in its lane to a later delivery. */
  block(index: number): void {
    const lane = this.#lanes[index];
    if (lane !== undefined) this.#blocked.add(lane);
  }

  /** Sets the records behind this one in its lane aside, until they are taken. */
  setAsideBehind(index: number): void {
    this.#waiting = this.#lanes[index];
  }

  takeSetAside(): Chunk {
    const setAside = this.#setAside;
    this.#setAside = [];
    this.#waiting = undefined;
    return setAside;
  }

  /** All records not yet called, those set aside included. */
  left(): Chunk {
    return [...this.#setAside, ...this.#chunks.flat()];
  }

  #isFree(index: number): boolean {
    const lane = this.#lanes[index];
    if (lane === undefined) return true;
    if (lane === this.#waiting) {
      this.#setAside.push(index);
      return false;
    }
    return !this.#blocked.has(lane);
  }
}

/**
 * The first chunks: all records in one, or half as many for each call that the budget has cut off. Each further chunk is twice as
 * large.
 */
function chunksOf(indexes: Chunk, cuts: number): Chunk[] {
  const chunks: Chunk[] = [];
  let size = Math.max(1, Math.ceil(indexes.length / 2 ** cuts));
  for (let from = 0; from < indexes.length; from += size, size *= 2) chunks.push(indexes.slice(from, from + size));
  return chunks;
}
