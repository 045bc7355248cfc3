import type { Batch } from '../../../streams/batch.ts';
import { Barrier } from '../barrier.ts';
import { Lanes, laneNames, type Order } from '../lanes.ts';

/** Which records of a batch may start now, and how many side by side. It starts nothing: the run tells it what has happened. */
export class Schedule {
  /** Back-offs, sends, last turns and turns of other invocations that the run waits for. */
  pending = 0;
  readonly #lanes: Lanes;
  /** Absent without suspects. */
  readonly #barrier: Barrier | undefined;
  readonly #concurrency: number;
  /** The first record was cut off before, perhaps by its neighbours: it runs alone until it ends, or for half of the time. */
  #isHeadAlone = false;
  #isOver = false;

  /** @param suspects in batch order */
  constructor(batch: Batch, order: Order, concurrency: number, suspects: readonly number[]) {
    this.#lanes = new Lanes(laneNames(batch, order));
    this.#barrier = suspects.length === 0 ? undefined : new Barrier(suspects);
    this.#concurrency = concurrency;
  }

  /** How many records may run at once now. */
  get concurrency(): number {
    return this.#isHeadAlone || this.#barrier?.alone !== undefined ? 1 : this.#concurrency;
  }

  /** The suspect that runs alone now. */
  get alone(): number | undefined {
    return this.#barrier?.alone;
  }

  /** No further record starts. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The earliest record in batch order that may start; -1 if there is none now. */
  take(): number {
    return this.#lanes.take(this.#barrier?.end);
  }

  /** The record is done or quarantined: the next one of its lane may start. */
  resolve(index: number): void {
    this.#lanes.resolve(index);
  }

  /** The record itself may start, once more or after all. */
  again(index: number): void {
    this.#lanes.again(index);
  }

  keepHeadAlone(): void {
    this.#isHeadAlone = true;
  }

  /** @returns whether that lets more records start */
  admitOthers(): boolean {
    const wasAlone = this.#isHeadAlone;
    this.#isHeadAlone = false;
    return wasAlone;
  }

  /** Everything that could start has ended: the next suspect has its turn, or the records behind it. False where none is left. */
  pass(): boolean {
    return !this.#isOver && (this.#barrier?.pass() ?? false);
  }

  end(): void {
    this.#isOver = true;
  }
}
