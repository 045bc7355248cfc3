import type { EventSourceMapping } from 'undam/mapping';
import { defaultAssumptions, type MappingAssumptions } from './assumptions.ts';
import { type Matcher, matcherOf } from './filter.ts';
import type { Lane, LaneSurroundings, MappingObserver } from './lane.ts';
import type {
  EventSource,
  InvocationResult,
  ReadPage,
  ShardDescription,
  ShardPosition,
  SourceRecord,
  StreamEvent,
} from './ports.ts';
import type { Discard } from './retries.ts';
import { pollIntervalMs, Shard } from './shard.ts';

/** Something to do for the mapping. Its end is reported by `report`, once, whatever becomes of it. */
export type MappingAction<R extends SourceRecord> =
  | {
      readonly kind: 'list-shards';
      readonly report: (shards: readonly ShardDescription[] | undefined, now: number) => void;
    }
  | {
      readonly kind: 'read';
      readonly shardId: string;
      /** Where reading begins if this is the shard's first read. */
      readonly position: ShardPosition;
      readonly limit: number;
      readonly report: (page: ReadPage<R> | undefined, now: number) => void;
    }
  | {
      readonly kind: 'invoke';
      readonly shardId: string;
      readonly records: readonly R[];
      /** Builds the event: fresh each time. */
      readonly event: () => StreamEvent;
      readonly report: (result: InvocationResult, now: number) => void;
    }
  /** What the mapping gives up. */
  | { readonly kind: 'discard'; readonly shardId: string; readonly discard: Discard<R> };

export interface MappingMachineOptions<R extends SourceRecord> {
  readonly mapping: EventSourceMapping;
  readonly source: EventSource<R>;
  readonly observer: MappingObserver<R>;
  readonly assumptions?: Partial<MappingAssumptions>;
}

/** Documented: a GetRecords of a shard holds 10,000 records at most, of a DynamoDB stream 1,000. */
const pageRecords = { kinesis: 10_000, dynamodb: 1_000 } as const;

/**
 * An event source mapping as a pure state machine: what is to be done comes out of `next`, what became of it goes in by the
 * action's `report`; all times are epoch milliseconds, given by the caller. One machine drives virtual runs and real
 * streams alike.
 */
export class MappingMachine<R extends SourceRecord> {
  readonly #around: LaneSurroundings<R>;
  readonly #matches: Matcher | undefined;
  readonly #shards = new Map<string, Shard<R>>();
  /** Shards whose parents are not done yet, and where each begins. */
  #waiting: { readonly shard: ShardDescription; readonly position: ShardPosition }[] = [];
  readonly #done = new Set<string>();
  readonly #discards: { readonly shardId: string; readonly discard: Discard<R> }[] = [];
  #isListing = false;
  #hasListed = false;
  #listsAt = -Infinity;

  constructor({ mapping, source, observer, assumptions }: MappingMachineOptions<R>) {
    this.#around = { mapping, source, observer, assumptions: { ...defaultAssumptions, ...assumptions } };
    this.#matches = matcherOf(mapping.FilterCriteria);
  }

  /** True while everything that the stream had at the last reads is passed. */
  get isIdle(): boolean {
    if (!this.#hasListed || this.#isListing || this.#waiting.length > 0) return false;
    for (const shard of this.#shards.values()) if (!shard.isIdle) return false;
    return true;
  }

  /** The next thing to do now, or the time (epoch milliseconds) at which there may be one. */
  next(now: number): MappingAction<R> | number {
    if (!this.#around.mapping.Enabled) return Infinity;
    const discard = this.#discards.shift();
    if (discard) return { kind: 'discard', ...discard };
    if (now >= this.#listsAt && !this.#isListing) return this.#list();
    let wakesAt = this.#isListing ? Infinity : this.#listsAt;
    for (const shard of this.#shards.values()) {
      const action = this.#nextOf(shard, now);
      if (typeof action !== 'number') return action;
      wakesAt = Math.min(wakesAt, action);
    }
    return wakesAt;
  }

  #nextOf(shard: Shard<R>, now: number): MappingAction<R> | number {
    if (shard.isDone) {
      this.#shardIsDone(shard, now);
      return now;
    }
    const { readsAt } = shard;
    if (now >= readsAt) return this.#read(shard);
    let wakesAt = readsAt;
    const waits = shard.waitsForFailingLane;
    for (const lane of shard.lanes) {
      if (waits && !lane.isFailing) continue;
      const step = lane.next(now);
      if (step.kind === 'invoke') return this.#invoke(shard, lane, step);
      if (step.kind === 'discard') return { kind: 'discard', shardId: shard.shardId, discard: step.discard };
      wakesAt = Math.min(wakesAt, step.until);
    }
    return wakesAt;
  }

  #invoke(
    { shardId }: Shard<R>,
    lane: Lane<R>,
    { records, event }: { readonly records: readonly R[]; readonly event: () => StreamEvent },
  ): MappingAction<R> {
    const report = (result: InvocationResult, now: number): void => {
      const discard = lane.ended(result, now);
      if (discard) this.#discards.push({ shardId, discard });
    };
    return { kind: 'invoke', shardId, records, event, report };
  }

  #read(shard: Shard<R>): MappingAction<R> {
    shard.beginRead();
    const report = (page: ReadPage<R> | undefined, now: number): void => {
      if (page) shard.read(page, now);
      else shard.readFailed(now);
      // Documented: the last page of a closed shard names its children.
      if (page?.closed) this.#listsAt = now;
    };
    const { shardId, position } = shard;
    return { kind: 'read', shardId, position, limit: pageRecords[this.#around.source.kind], report };
  }

  #list(): MappingAction<R> {
    this.#isListing = true;
    const report = (shards: readonly ShardDescription[] | undefined, now: number): void => {
      this.#isListing = false;
      this.#listsAt = now + (shards ? this.#around.assumptions.listShardsEveryMs : afterFailedListMs);
      if (shards) this.#found(shards);
    };
    return { kind: 'list-shards', report };
  }

  #found(listed: readonly ShardDescription[]): void {
    const known = new Set([...this.#shards.keys(), ...this.#done, ...this.#waiting.map(({ shard }) => shard.shardId)]);
    // Documented: the starting position is that of the shards which are there when the mapping is made, children too.
    const position: ShardPosition = this.#hasListed ? { type: 'TRIM_HORIZON' } : this.#startingPosition();
    this.#hasListed = true;
    for (const shard of listed) if (!known.has(shard.shardId)) this.#waiting.push({ shard, position });
    this.#open();
  }

  /** Documented for DynamoDB, assumed for Kinesis: a child begins when its parents are done. */
  #open(): void {
    const { source, assumptions } = this.#around;
    const waits = source.kind === 'dynamodb' || assumptions.kinesisChildren === 'after-parents';
    const ids = new Set([...this.#shards.keys(), ...this.#waiting.map(({ shard }) => shard.shardId)]);
    const isReady = ({ parentShardIds }: ShardDescription): boolean =>
      !waits || !parentShardIds.some((id) => ids.has(id));
    const ready = this.#waiting.filter(({ shard }) => isReady(shard));
    this.#waiting = this.#waiting.filter(({ shard }) => !isReady(shard));
    for (const { shard, position } of ready) {
      this.#shards.set(shard.shardId, new Shard(shard, position, this.#around, this.#matches));
    }
  }

  #shardIsDone(shard: Shard<R>, now: number): void {
    this.#shards.delete(shard.shardId);
    this.#done.add(shard.shardId);
    this.#open();
    this.#listsAt = Math.min(this.#listsAt, now);
  }

  #startingPosition(): ShardPosition {
    const { StartingPosition, StartingPositionTimestamp } = this.#around.mapping;
    if (StartingPosition !== 'AT_TIMESTAMP') return { type: StartingPosition };
    return { type: 'AT_TIMESTAMP', timestamp: StartingPositionTimestamp ?? 0 };
  }
}

/** The pace at which a shard is polled, too. */
const afterFailedListMs = pollIntervalMs.kinesis;
