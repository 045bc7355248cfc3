import type { Batch } from '../../../streams/read-batch.ts';
import { Lanes, laneNames, type Order } from '../lanes.ts';
import { Barrier } from '../suspect-barrier.ts';

/**
 * Decides which records of a batch may start now, and how many side by side. It starts nothing itself: the run reports every
 * change to it.
 */
export class Schedule {
  /** The number of back-offs, sends and last turns that the run waits for. */
  pending = 0;
  /** No further record starts. */
  isOver = false;
  /** The maximum number of concurrent records now. Only the schedule writes it. */
  concurrency: number;
  /** The suspect that now runs alone. Only the schedule writes it. */
  alone: number | undefined;
  readonly #lanes: Lanes;
  /** Absent without suspects. */
  readonly #barrier: Barrier | undefined;
  readonly #maxConcurrency: number;
  /**
   * An earlier delivery cut off the first record, perhaps because of its neighbours: it runs alone until it ends, or for half of
   * the time.
   */
  #isHeadAlone = false;

  /** @param suspects in batch order */
  constructor(batch: Batch, order: Order, maxConcurrency: number, suspects: readonly number[]) {
    this.#lanes = new Lanes(laneNames(batch, order));
    this.#barrier = suspects.length === 0 ? undefined : new Barrier(suspects);
    this.#maxConcurrency = maxConcurrency;
    this.concurrency = maxConcurrency;
  }

  /** The earliest record in batch order that may start; -1 if there is none now. */
  take(): number {
    return this.#lanes.take(this.#barrier?.end);
  }

  /** The record is done or quarantined: the next one of its lane may start. */
  resolve(index: number): void {
    this.#lanes.resolve(index);
  }

  /** The record itself may start, possibly again. */
  again(index: number): void {
    this.#lanes.again(index);
  }

  keepHeadAlone(): void {
    this.#isHeadAlone = true;
    this.#limit();
  }

  /** @returns true if more records may start now */
  admitOthers(): boolean {
    if (!this.#isHeadAlone) return false;
    this.#isHeadAlone = false;
    this.#limit();
    return true;
  }

  /**
   * Everything that could start has ended: gives the turn to the next suspect, or to the records behind it. False if none is
   * left.
   */
  pass(): boolean {
    if (this.isOver || this.#barrier === undefined || !this.#barrier.pass()) return false;
    this.alone = this.#barrier.alone;
    this.#limit();
    return true;
  }

  #limit(): void {
    this.concurrency = this.#isHeadAlone || this.alone !== undefined ? 1 : this.#maxConcurrency;
  }
}
