import type { ShardCursor, ShardDescription, ShardPosition, SourceRecord, StreamReader } from '../mapping/ports.ts';
import { evenRanges, type HashRange, halvesOf, hashKeyOf, holds, merged } from './hash-ranges.ts';
import { type PageLimits, ShardLog } from './shard-log.ts';

export interface VirtualStreamOptions<R extends SourceRecord, Input> {
  readonly kind: 'kinesis' | 'dynamodb';
  /** The number of shards at the start. */
  readonly shards: number;
  readonly retentionMs: number;
  /** Epoch milliseconds. */
  readonly date: () => number;
  /** The record as the stream keeps it. */
  readonly recordOf: (input: Input, place: SourceRecord) => R;
  /** The key whose hash selects the shard. */
  readonly keyOf: (input: Input) => string;
  /** The hash key that selects the shard in place of `keyOf`. @default none */
  readonly hashKeyOf?: (input: Input) => bigint | undefined;
  readonly bytesOf: (record: R) => number;
  /** Called with the records before the position at which a reader begins. @default none */
  readonly skipped?: (records: readonly R[]) => void;
}

interface VirtualShard<R extends SourceRecord> extends ShardDescription {
  readonly hashRange: HashRange;
  readonly log: ShardLog<R>;
}

/**
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
 */
const pageLimits: Readonly<Record<'kinesis' | 'dynamodb', PageLimits>> = {
  kinesis: { records: 10_000, bytes: 10 * 1_024 * 1_024 },
  dynamodb: { records: 1_000, bytes: 1_024 * 1_024 },
};

/**
 * A stream in memory, in the time of a given clock: a model, because no real stream runs in virtual time. Iterators never expire
 * here; a mapping renews its own.
 */
export class VirtualStream<R extends SourceRecord, Input> implements StreamReader<R> {
  readonly #options: VirtualStreamOptions<R, Input>;
  readonly #shards = new Map<string, VirtualShard<R>>();
  readonly #hashKeys = new Map<string, bigint>();
  #puts = 0;

  constructor(options: VirtualStreamOptions<R, Input>) {
    this.#options = options;
    for (const range of evenRanges(options.shards)) this.#add(range, []);
  }

  /**
   * Appends one record.
   *
   * @param arrivedAt epoch milliseconds, not before those of the previous record; now by default
   */
  put(input: Input, arrivedAt: number = this.#options.date()): R {
    const hashKey = this.#options.hashKeyOf?.(input) ?? this.#hashKeyOf(this.#options.keyOf(input));
    for (const { shardId, hashRange, log } of this.#shards.values()) {
      if (log.isClosed || !holds(hashRange, hashKey)) continue;
      const sequenceNumber = this.#sequenceNumber(++this.#puts);
      const place = { shardId, sequenceNumber, approximateArrivalTimestamp: arrivedAt };
      const record = this.#options.recordOf(input, place);
      log.append(record, this.#options.bytesOf(record));
      return record;
    }
    throw new Error('expected an open shard for the hash key, got none');
  }

  /** Closes an open shard, and opens its two children. */
  splitShard(shardId: string): readonly string[] {
    const shard = this.#open(shardId);
    shard.log.close();
    return halvesOf(shard.hashRange).map((range) => this.#add(range, [shardId]));
  }

  /** Closes two open shards with adjacent ranges, and opens their child. */
  mergeShards(shardId: string, adjacentShardId: string): string {
    const shards = [this.#open(shardId), this.#open(adjacentShardId)] as const;
    const range = merged(shards[0].hashRange, shards[1].hashRange);
    if (!range) throw new Error(`expected adjacent shards, got ${shardId} and ${adjacentShardId}`);
    for (const { log } of shards) log.close();
    return this.#add(range, [shardId, adjacentShardId]);
  }

  /** The shards that take records. */
  get openShardIds(): readonly string[] {
    return [...this.#shards.values()].filter(({ log }) => !log.isClosed).map(({ shardId }) => shardId);
  }

  async listShards(): Promise<readonly ShardDescription[]> {
    return [...this.#shards.values()].map(({ log: _, ...description }) => description);
  }

  openShard(shardId: string, position: ShardPosition): ShardCursor<R> {
    const shard = this.#shards.get(shardId);
    if (!shard) throw new Error(`expected a shard of this stream, got ${shardId}`);
    const { kind, retentionMs, date } = this.#options;
    const { records, bytes } = pageLimits[kind];
    let place = shard.log.placeOf(position);
    const skipped = shard.log.before(place);
    if (skipped.length > 0) this.#options.skipped?.(skipped);
    return {
      read: async (limit) => {
        const now = date();
        const limits = { records: Math.min(limit, records), bytes };
        const page = shard.log.read(place, limits, now - retentionMs, now);
        place = page.place;
        return page;
      },
    };
  }

  #open(shardId: string): VirtualShard<R> {
    const shard = this.#shards.get(shardId);
    if (!shard || shard.log.isClosed) throw new Error(`expected an open shard, got ${shardId}`);
    return shard;
  }

  #add(hashRange: HashRange, parentShardIds: readonly string[]): string {
    const shardId = `shardId-${String(this.#shards.size).padStart(12, '0')}`;
    this.#shards.set(shardId, { shardId, parentShardIds, hashRange, log: new ShardLog() });
    return shardId;
  }

  #hashKeyOf(key: string): bigint {
    let hashKey = this.#hashKeys.get(key);
    if (hashKey === undefined) {
      hashKey = hashKeyOf(key);
      this.#hashKeys.set(key, hashKey);
    }
    return hashKey;
  }

  /** As long as the sequence numbers of real streams, and increasing. */
  #sequenceNumber(count: number): string {
    const { kind } = this.#options;
    return kind === 'kinesis'
      ? `49600000000000000000000000000000000000000${String(count).padStart(15, '0')}`
      : `1000000${String(count).padStart(14, '0')}`;
  }
}
