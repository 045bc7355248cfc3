import type { ReadPage, ShardPosition, SourceRecord } from '../mapping/ports.ts';

/** What one page may hold: records, and bytes of payload. */
export interface PageLimits {
  readonly records: number;
  readonly bytes: number;
}

interface Entry<R> {
  readonly record: R;
  readonly bytes: number;
}

/** The records of one shard, oldest first; what is past its retention is trimmed. Reading costs O(page). */
export class ShardLog<R extends SourceRecord> {
  #entries: Entry<R>[] = [];
  /** Records that were trimmed: entry 0 stands at this place of the shard. */
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

  /** The records before a place that are still there. */
  before(place: number): readonly R[] {
    return this.#entries.slice(0, Math.max(0, place - this.#trimmed)).map(({ record }) => record);
  }

  /** The page from a place on, and the place behind it. Places that were trimmed are skipped. */
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

  /** Amortised: memory is given back once half of it is past retention. */
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
