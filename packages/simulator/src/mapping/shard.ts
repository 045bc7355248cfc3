import type { Matcher } from './filter.ts';
import { Lane, type LaneSurroundings } from './lane.ts';
import type { ReadPage, ShardDescription, ShardPosition, SourceRecord } from './ports.ts';

/**
 * Documented: a Kinesis shard is polled once a second, a DynamoDB Streams shard four times; while it has more records, at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export const pollIntervalMs = { kinesis: 1_000, dynamodb: 250 } as const;

/** One shard: its progress of reading, and its sub-shards. */
export class Shard<R extends SourceRecord> {
  readonly shardId: string;
  readonly parentShardIds: readonly string[];
  readonly position: ShardPosition;
  readonly #description: ShardDescription;
  readonly lanes: readonly Lane<R>[];
  readonly #around: LaneSurroundings<R>;
  readonly #matches: Matcher | undefined;
  #isReading = false;
  #isClosed = false;
  #readsAt = -Infinity;
  #isAtTip = false;

  constructor(
    description: ShardDescription,
    position: ShardPosition,
    around: LaneSurroundings<R>,
    matches: Matcher | undefined,
  ) {
    const { shardId, parentShardIds } = description;
    this.#description = description;
    this.shardId = shardId;
    this.parentShardIds = parentShardIds;
    this.position = position;
    this.#around = around;
    this.#matches = matches;
    this.lanes = Array.from({ length: around.mapping.ParallelizationFactor }, () => new Lane(shardId, around));
  }

  /** True once the shard is closed, read to its end, and all its records are passed. */
  get isDone(): boolean {
    return this.#isClosed && this.lanes.every((lane) => lane.isDone);
  }

  /** True once everything that the last read found is passed. */
  get isIdle(): boolean {
    return (this.#isAtTip || this.#isClosed) && !this.#isReading && this.lanes.every((lane) => lane.isIdle);
  }

  /** The time of the next read; Infinity if none is due. */
  get readsAt(): number {
    if (this.#isReading || this.#isClosed) return Infinity;
    const size = this.lanes.reduce((sum, lane) => sum + lane.size, 0);
    return size < this.#around.assumptions.readAheadRecords ? this.#readsAt : Infinity;
  }

  /** True if healthy sub-shards must wait for one that fails. */
  get waitsForFailingLane(): boolean {
    return this.#around.assumptions.failingLaneStops === 'shard' && this.lanes.some((lane) => lane.isFailing);
  }

  beginRead(): void {
    this.#isReading = true;
  }

  read(page: ReadPage<R>, now: number): void {
    this.#isReading = false;
    this.#isAtTip = page.millisBehindLatest === 0;
    this.#readsAt = this.#isAtTip ? now + pollIntervalMs[this.#around.source.kind] : now;
    for (const record of page.records) this.#take(record, now);
    if (!page.closed) return;
    this.#isClosed = true;
    for (const lane of this.lanes) lane.close();
  }

  /** Enhanced fan-out delivers a new record without a poll. */
  arrived(now: number): void {
    this.#readsAt = Math.min(this.#readsAt, now + this.#around.assumptions.enhancedFanOutMs);
  }

  readFailed(now: number): void {
    this.#isReading = false;
    this.#isAtTip = false;
    this.#readsAt = now + pollIntervalMs[this.#around.source.kind];
  }

  /** Recorded: enhanced fan-out takes KPL aggregates apart, the shared iterator does not. */
  #take(record: R, now: number): void {
    const { source, observer } = this.#around;
    const parts = source.isEnhancedFanOut ? source.takeApart?.(record, this.#description) : undefined;
    if (parts === 'foreign') {
      observer.passed([record], 'dropped', now);
      return;
    }
    if (parts) observer.tookApart?.(record, parts);
    for (const part of parts ?? [record]) this.#offer(part, now);
  }

  #offer(record: R, now: number): void {
    const { source, observer } = this.#around;
    const verdict = this.#matches?.(source.filterable(record)) ?? 'matched';
    if (verdict === 'matched') this.#laneOf(record).offer(record, now);
    else observer.passed([record], verdict, now);
  }

  /** Reported: the hash of the key selects the sub-shard. Documented: order is kept per key. */
  #laneOf(record: R): Lane<R> {
    const { lanes } = this;
    return lanes.length === 1 ? lanes[0]! : lanes[hashOf(this.#around.source.orderingKey(record)) % lanes.length]!;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
