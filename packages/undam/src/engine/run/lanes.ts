import { Heap } from '../../base/heap.ts';
import type { Batch } from '../../streams/read-batch.ts';
import { joinLanes } from '../../streams/units.ts';
import { chain } from './chain.ts';

/** Which records must wait for each other: those of a key, all of a batch, or none. */
export type Order = 'key' | 'shard' | 'none';

const none = -1;

/** The name of each record's lane. A record without a lane waits for no other. A unit is a lane in every order. */
export function laneNames(
  { partitionKeys, units }: Pick<Batch, 'partitionKeys' | 'units'>,
  order: Order,
): readonly (string | undefined)[] {
  if (order === 'shard') return partitionKeys.map(() => 'shard');
  const names = order === 'key' ? partitionKeys : partitionKeys.map(() => undefined);
  return units === undefined ? names : joinLanes(names, units);
}

/**
 * The lanes of a batch, and the record that starts next: of those that may start, always the earliest in batch order. A step
 * costs O(1) while lanes advance in batch order.
 */
export class Lanes {
  readonly #successor: number[];
  readonly #ready: boolean[];
  /** Ready records that the cursor has passed. */
  readonly #behind = new Heap<number>((a, b) => a < b);
  #cursor = 0;

  /** @param names the lane of each record, as {@link laneNames} returns them */
  constructor(names: readonly (string | undefined)[]) {
    const { next, isFirst } = chain(names);
    this.#successor = next;
    this.#ready = isFirst;
  }

  /** Takes the earliest record before `end` that may start; -1 if there is none now. */
  take(end: number = Infinity): number {
    const ready = this.#ready;
    const stop = Math.min(end, ready.length);
    while (this.#cursor < stop && !ready[this.#cursor]) this.#cursor++;
    if (this.#behind.first !== undefined) return this.#behind.take()!;
    if (this.#cursor >= stop) return none;
    ready[this.#cursor] = false;
    return this.#cursor++;
  }

  /** The record is done or quarantined: the next one of its lane may start. */
  resolve(index: number): void {
    const successor = this.#successor[index]!;
    if (successor !== none) this.again(successor);
  }

  /** The record itself may start, possibly again. */
  again(index: number): void {
    if (index < this.#cursor) this.#behind.push(index);
    else this.#ready[index] = true;
  }
}
