import type { Discard } from '../mapping/discard.ts';
import type { PassedAs } from '../mapping/observer.ts';
import type { SimulatedRecord } from '../stream/simulated-stream.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import type { Fate, IteratorAgeSample, RecordReport } from './result.ts';

interface Entry {
  readonly record: SimulatedRecord;
  /** Its user records, once Lambda has taken it apart: they have the fates. */
  parts?: readonly Entry[];
  /** Its tumbling window is open: what it was taken into is not finalised. */
  isInWindow?: boolean;
  fate: Fate;
  atMs: number | undefined;
  deliveries: number;
}

interface Shard {
  readonly entries: Entry[];
  /** The first entry that may be unpassed. */
  first: number;
  readonly counts: Record<'processed' | 'discarded' | 'expired', number>;
}

/** What becomes of each record of a run. */
export class RecordFates {
  readonly #clock: SimulatedClock;
  readonly #retentionMs: number;
  readonly #hasWindows: boolean;
  readonly #entries = new Map<SimulatedRecord, Entry>();
  readonly #shards = new Map<string, Shard>();

  /** @param hasWindows the mapping has tumbling windows */
  constructor(clock: SimulatedClock, retentionMs: number, hasWindows: boolean) {
    this.#clock = clock;
    this.#retentionMs = retentionMs;
    this.#hasWindows = hasWindows;
  }

  put(record: SimulatedRecord): void {
    this.#shard(record.shardId).entries.push(this.#newEntry(record));
  }

  #newEntry(record: SimulatedRecord): Entry {
    const entry: Entry = { record, fate: 'waiting', atMs: undefined, deliveries: 0 };
    this.#entries.set(record, entry);
    return entry;
  }

  tookApart(aggregate: SimulatedRecord, userRecords: readonly SimulatedRecord[]): void {
    this.#entries.get(aggregate)!.parts = userRecords.map((record) => this.#newEntry(record));
  }

  delivered(records: readonly SimulatedRecord[]): void {
    for (const record of records) this.#entries.get(record)!.deliveries++;
  }

  passed(records: readonly SimulatedRecord[], as: PassedAs | 'before-start'): void {
    for (const record of records) {
      const entry = this.#entries.get(record)!;
      this.#passOne(entry, as);
      if (as === 'processed' && this.#hasWindows) entry.isInWindow = true;
    }
  }

  windowEnded(records: readonly SimulatedRecord[], how: 'finalised' | 'given-up'): void {
    for (const record of records) {
      const entry = this.#entries.get(record)!;
      entry.isInWindow = false;
      if (how === 'finalised') continue;
      const { counts } = this.#shard(record.shardId);
      counts.processed--;
      counts.discarded++;
      entry.fate = 'discarded';
    }
  }

  discarded({ records }: Discard<SimulatedRecord>): void {
    for (const record of records) this.#passOne(this.#entries.get(record)!, 'discarded');
  }

  /** The age of each shard's iterator. */
  samples(): IteratorAgeSample[] {
    const atMs = this.#clock.now();
    return Array.from(this.#shards, ([shardId, shard]) => {
      const oldest = this.#advance(shard)?.record;
      const ageMs = oldest ? this.#clock.date() - oldest.approximateArrivalTimestamp : 0;
      return { atMs, shardId, ageMs, ...shard.counts };
    });
  }

  /** At the end, in the order in which they were written; the user records of an aggregate in its place. */
  reports(): RecordReport[] {
    for (const shard of this.#shards.values()) this.#advance(shard);
    const entries = [...this.#entries.values()];
    const parts = new Set(entries.flatMap((entry) => entry.parts ?? []));
    return entries
      .filter((entry) => !parts.has(entry))
      .flatMap((entry) => entry.parts ?? [entry])
      .map(({ record, fate, isInWindow, atMs, deliveries }) => {
        return { record, fate: isInWindow ? 'waiting' : fate, atMs: isInWindow ? undefined : atMs, deliveries };
      });
  }

  #passOne(entry: Entry, fate: Exclude<Fate, 'waiting'>): void {
    const { counts } = this.#shard(entry.record.shardId);
    // One that leaves the stream while the function has it may still be processed.
    if (entry.fate === 'expired') counts.expired--;
    else if (entry.fate !== 'waiting') throw new Error(`the mapping passed ${entry.record.sequenceNumber} twice`);
    entry.fate = fate;
    entry.atMs = this.#clock.now();
    if (isCounted(fate)) counts[fate]++;
  }

  /** Moves on to the first record that is neither passed nor gone from the stream. */
  #advance(shard: Shard): Entry | undefined {
    const oldest = this.#clock.date() - this.#retentionMs;
    for (let entry = shard.entries[shard.first]; entry; entry = shard.entries[++shard.first]) {
      const waiting = (entry.parts ?? [entry]).filter(({ fate }) => fate === 'waiting');
      if (waiting.length === 0) continue;
      if (entry.record.approximateArrivalTimestamp >= oldest) return entry;
      // The mapping may never have read it.
      for (const one of waiting) this.#passOne(one, 'expired');
    }
    return undefined;
  }

  #shard(shardId: string): Shard {
    let shard = this.#shards.get(shardId);
    if (!shard) {
      shard = { entries: [], first: 0, counts: { processed: 0, discarded: 0, expired: 0 } };
      this.#shards.set(shardId, shard);
    }
    return shard;
  }
}

function isCounted(fate: Fate): fate is keyof Shard['counts'] {
  return fate === 'processed' || fate === 'discarded' || fate === 'expired';
}
