import type { ReadPage, ShardPosition, SourceRecord } from '../mapping/ports.ts';

/** Limits of one page: records, and bytes of payload. */
export interface PageLimits {
  readonly records: number;
  readonly bytes: number;
}

interface Entry<R> {
  readonly record: R;
  readonly bytes: number;
}

/** The records of one shard, oldest first, trimmed after their retention. Reading costs O(page). */
export class ShardLog<R extends SourceRecord> {
  #entries: Entry<R>[] = [];
  /** The number of trimmed records, and so the place of entry 0 in the shard. */
  #trimmed = 0;
  #isClosed = false;

  /** The place behind the newest record. */
  get tip(): number {
    return this.#trimmed + this.#entries.length;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  append(record: R, bytes: number): void {
    this.#entries.push({ record, bytes });
  }

  close(): void {
    this.#isClosed = true;
  }

  /** The place of the first record at or behind the position. */
  placeOf(position: ShardPosition): number {
    if (position.type === 'AT_TIMESTAMP') return this.#trimmed + this.#firstAtOrAfter(position.timestamp);
    return position.type === 'TRIM_HORIZON' ? 0 : this.tip;
  }

  /** The records before a place that are not trimmed. */
  before(place: number): readonly R[] {
    return this.#entries.slice(0, Math.max(0, place - this.#trimmed)).map(({ record }) => record);
  }

  /** The page from a place on, and the place behind it. Skips trimmed places. */
  read(place: number, limits: PageLimits, oldest: number, now: number): ReadPage<R> & { readonly place: number } {
    this.#trim(oldest);
    const from = Math.max(this.#firstAtOrAfter(oldest), place - this.#trimmed);
    let to = from;
    let bytes = 0;
    for (; to < this.#entries.length && to - from < limits.records; to++) {
      bytes += this.#entries[to]!.bytes;
      if (bytes > limits.bytes && to > from) break;
    }
    const records = this.#entries.slice(from, to).map(({ record }) => record);
    const next = this.#entries[to]?.record;
    return {
      records,
      place: this.#trimmed + to,
      millisBehindLatest: next ? Math.max(1, now - next.approximateArrivalTimestamp) : 0,
      closed: this.#isClosed && !next,
    };
  }

  /** Amortised: frees memory once half of it is past retention. */
  #trim(oldest: number): void {
    const half = this.#entries[this.#entries.length >> 1];
    if (!half || half.record.approximateArrivalTimestamp >= oldest) return;
    const count = this.#firstAtOrAfter(oldest);
    this.#entries = this.#entries.slice(count);
    this.#trimmed += count;
  }

  #firstAtOrAfter(timestamp: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.record.approximateArrivalTimestamp < timestamp) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
