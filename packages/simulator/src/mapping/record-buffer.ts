import { maxRequestBytes } from 'undam/mapping';
import { Fifo } from './fifo.ts';
import type { SourceRecord } from './ports.ts';

interface Buffered<R> {
  readonly record: R;
  readonly bytes: number;
}

export interface BatchBounds {
  readonly records: number;
  /** Bytes of the event beside its records. */
  readonly bytesAround: number;
  /** Arrivals from here on belong to the next tumbling window. */
  readonly before: number;
}

/** The records of a lane that wait for a batch, in order. */
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

  /** How many records the next batch holds, and whether it can hold no more. Documented: a batch is cut at 6 MB. */
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
