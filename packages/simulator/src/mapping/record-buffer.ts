import { maxRequestBytes } from 'undam/mapping';
import { Fifo } from './fifo.ts';
import type { SourceRecord } from './ports.ts';

interface Buffered<R> {
  readonly record: R;
  readonly bytes: number;
}

export interface BatchBounds {
  readonly records: number;
  /** Bytes of the event without its records. */
  readonly bytesAround: number;
  /** Epoch milliseconds from which arrivals belong to the next tumbling window. */
  readonly before: number;
}

/** The records of a sub-shard that wait for a batch, in order. */
export class RecordBuffer<R extends SourceRecord> {
  readonly #records = new Fifo<Buffered<R>>();

  get length(): number {
    return this.#records.length;
  }

  get first(): R | undefined {
    return this.#records.peek()?.record;
  }

  /** @param bytes of the record in the event's JSON */
  push(record: R, bytes: number): void {
    this.#records.push({ record, bytes: bytes + 1 });
  }

  take(count: number): R[] {
    return this.#records.take(count).map(({ record }) => record);
  }

  takeWhile(isTaken: (record: R) => boolean): R[] {
    let count = 0;
    for (let next = this.#records.peek(); next && isTaken(next.record); next = this.#records.peek(++count));
    return count === 0 ? [] : this.take(count);
  }

  /** The number of records in the next batch, and whether the batch is full. Documented: a batch ends at 6 MB. */
  measure(bounds: BatchBounds): { readonly count: number; readonly isFull: boolean } {
    let bytes = bounds.bytesAround;
    let count = 0;
    for (; count < bounds.records; count++) {
      const next = this.#records.peek(count);
      if (!next) return { count, isFull: false };
      bytes += next.bytes;
      const isNextWindow = next.record.approximateArrivalTimestamp >= bounds.before;
      if (isNextWindow || (bytes > maxRequestBytes && count > 0)) return { count, isFull: true };
    }
    return { count, isFull: true };
  }
}
