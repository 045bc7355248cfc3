import { Set } from '../../../base/intrinsics.ts';
import { beforeSuspect } from '../barrier.ts';

/** Indexes of the records that go into one call, in batch order. */
export type Part = readonly number[];

/** Holds the records still to be called, in parts, and the lanes that wait. */
export class SplitQueue {
  readonly #lanes: readonly (string | undefined)[];
  /** The next part last. */
  #parts: Part[] = [];
  /** Lanes whose later records come with a later delivery. */
  readonly #blocked = new Set<string>();
  /** The lane whose later records are set aside. */
  #waiting: string | undefined;
  #setAside: number[] = [];

  /** @param lanes of each record of the batch; one without a lane waits for no other */
  constructor(lanes: readonly (string | undefined)[]) {
    this.#lanes = lanes;
  }

  /** All of these, in parts that are the smaller the more calls the budget has cut off. */
  begin(indexes: Part, cuts: number): void {
    this.#parts = partsOf(indexes, cuts).reverse();
  }

  /** The last one is called next. */
  push(...parts: Part[]): void {
    this.#parts.push(...parts);
  }

  /** The next part without what stands behind an unresolved record; none where nothing is left. */
  next(suspects: ReadonlySet<number>): Part {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const together = beforeSuspect(part, suspects);
      if (together.length < part.length) this.#parts.push(part.slice(together.length));
      const free = together.filter((index) => this.#isFree(index));
      if (free.length > 0) return free;
    }
    return [];
  }

  /** What stands behind this record in its lane comes with a later delivery. */
  block(index: number): void {
    const lane = this.#lanes[index];
    if (lane !== undefined) this.#blocked.add(lane);
  }

  /** What comes up behind this record in its lane is set aside until it is taken. */
  setAsideBehind(index: number): void {
    this.#waiting = this.#lanes[index];
  }

  takeSetAside(): Part {
    const setAside = this.#setAside;
    this.#setAside = [];
    this.#waiting = undefined;
    return setAside;
  }

  /** What has not been called, with what is set aside. */
  left(): Part {
    return [...this.#setAside, ...this.#parts.flat()];
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
 * The parts that are called first: all, or after calls that the budget cut off half of it for each of them. Where that
 * went well twice as many follow.
 */
function partsOf(indexes: Part, cuts: number): Part[] {
  const parts: Part[] = [];
  let size = Math.max(1, Math.ceil(indexes.length / 2 ** cuts));
  for (let from = 0; from < indexes.length; from += size, size *= 2) parts.push(indexes.slice(from, from + size));
  return parts;
}
