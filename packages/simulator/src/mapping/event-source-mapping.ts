import type { EventSourceMapping } from 'undam/mapping';
import { defaultAssumptions, type MappingAssumptions } from './assumptions.ts';
import type { Discard } from './discard.ts';
import { type Matcher, matcherOf } from './filter.ts';
import type { Lane, LaneStep, LaneSurroundings } from './lane.ts';
import type { MappingObserver } from './observer.ts';
import type {
  EventSource,
  InvocationResult,
  ReadPage,
  ShardDescription,
  ShardPosition,
  SourceRecord,
  StreamEvent,
} from './ports.ts';
import { pollIntervalMs, Shard } from './shard.ts';

/** An action for the caller to carry out. `report` takes its outcome: call it once, whether it succeeds or fails. */
export type MappingAction<R extends SourceRecord> =
  | {
      readonly kind: 'list-shards';
      readonly report: (shards: readonly ShardDescription[] | undefined, now: number) => void;
    }
  | {
      readonly kind: 'read';
      readonly shardId: string;
      /** Where to begin if this is the shard's first read. */
      readonly position: ShardPosition;
      readonly limit: number;
      readonly report: (page: ReadPage<R> | undefined, now: number) => void;
    }
  | {
      readonly kind: 'invoke';
      readonly shardId: string;
      readonly records: readonly R[];
      /** Shared by all invocations of one composition of a batch (recorded). */
      readonly requestId: string;
      /** Builds a fresh event at each call. */
      readonly event: () => StreamEvent;
      readonly report: (result: InvocationResult, now: number) => void;
    }
  /** The mapping gives up a batch. */
  | { readonly kind: 'discard'; readonly discard: Discard<R> };

export interface MappingMachineOptions<R extends SourceRecord> {
  readonly mapping: EventSourceMapping;
  readonly source: EventSource<R>;
  readonly observer: MappingObserver<R>;
  /** Answers a new UUID at each call. */
  readonly newRequestId: () => string;
  readonly assumptions?: Partial<MappingAssumptions>;
}

/** Documented: GetRecords answers at most 10,000 records of a Kinesis shard, 1,000 of a DynamoDB Streams shard. */
const pageRecords = { kinesis: 10_000, dynamodb: 1_000 } as const;

/**
 * An event source mapping as a pure state machine: `next` answers the action to carry out, whose `report` takes its outcome. All
 * times are epoch milliseconds from the caller. The same machine drives virtual runs and real streams.
 */
export class MappingMachine<R extends SourceRecord> {
  readonly #around: LaneSurroundings<R>;
  readonly #matches: Matcher | undefined;
  readonly #shards = new Map<string, Shard<R>>();
  /** Shards whose parents are not done yet, with their starting positions. */
  #waiting: { readonly shard: ShardDescription; readonly position: ShardPosition }[] = [];
  /** Epoch milliseconds at which each shard was done, by its id. */
  readonly #done = new Map<string, number>();
  readonly #discards: Discard<R>[] = [];
  /** Start of the next child of a shard that is done. */
  #opensAt = Infinity;
  #isListing = false;
  #hasListed = false;
  #listsAt = -Infinity;

  constructor({ assumptions, ...around }: MappingMachineOptions<R>) {
    const { mapping } = around;
    this.#around = { ...around, assumptions: { ...defaultAssumptions, ...assumptions } };
    this.#matches = matcherOf(mapping.FilterCriteria);
  }

  /** True once everything that the last reads found is passed. */
  get isIdle(): boolean {
    if (!this.#hasListed || this.#isListing || this.#waiting.length > 0) return false;
    for (const shard of this.#shards.values()) if (!shard.isIdle) return false;
    return true;
  }

  /** Enhanced fan-out delivers a record that was just written. */
  arrived(shardId: string, now: number): void {
    if (this.#around.source.isEnhancedFanOut) this.#shards.get(shardId)?.arrived(now);
  }

  /** The next action, or the epoch milliseconds at which to ask again. */
  next(now: number): MappingAction<R> | number {
    if (!this.#around.mapping.Enabled) return Infinity;
    const discard = this.#discards.shift();
    if (discard) return { kind: 'discard', discard };
    if (now >= this.#opensAt) this.#open(now);
    if (now >= this.#listsAt && !this.#isListing) return this.#list();
    let wakesAt = Math.min(this.#opensAt, this.#isListing ? Infinity : this.#listsAt);
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
      if (step.kind === 'discard') return step;
      wakesAt = Math.min(wakesAt, step.until);
    }
    return wakesAt;
  }

  #invoke({ shardId }: Shard<R>, lane: Lane<R>, step: Extract<LaneStep<R>, { kind: 'invoke' }>): MappingAction<R> {
    const report = (result: InvocationResult, now: number): void => {
      const discard = lane.ended(result, now);
      if (discard) this.#discards.push(discard);
    };
    return { ...step, shardId, report };
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
      if (shards) this.#found(shards, now);
    };
    return { kind: 'list-shards', report };
  }

  #found(listed: readonly ShardDescription[], now: number): void {
    const known = new Set([
      ...this.#shards.keys(),
      ...this.#done.keys(),
      ...this.#waiting.map(({ shard }) => shard.shardId),
    ]);
    // Documented: the starting position holds for the shards that exist when the mapping is created, children included.
    const position: ShardPosition = this.#hasListed ? { type: 'TRIM_HORIZON' } : this.#startingPosition();
    this.#hasListed = true;
    for (const shard of listed) if (!known.has(shard.shardId)) this.#waiting.push({ shard, position });
    this.#open(now);
  }

  /** Documented for DynamoDB, recorded for Kinesis: a child begins when its parents are done. */
  #open(now: number): void {
    const ids = new Set([...this.#shards.keys(), ...this.#waiting.map(({ shard }) => shard.shardId)]);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#opensAt = Infinity;
    for (const child of waiting) {
      const opensAt = this.#opensAtOf(child.shard, ids);
      if (opensAt <= now) {
        this.#shards.set(child.shard.shardId, new Shard(child.shard, child.position, this.#around, this.#matches));
      } else {
        this.#waiting.push(child);
        this.#opensAt = Math.min(this.#opensAt, opensAt);
      }
    }
  }

  /** @param unfinished ids of all shards that are not done, this one included */
  #opensAtOf({ parentShardIds }: ShardDescription, unfinished: ReadonlySet<string>): number {
    if (parentShardIds.some((id) => unfinished.has(id))) return Infinity;
    const doneAt = parentShardIds.map((id) => this.#done.get(id) ?? -Infinity);
    return Math.max(-Infinity, ...doneAt) + this.#around.assumptions.childShardAfterMs;
  }

  #shardIsDone(shard: Shard<R>, now: number): void {
    this.#shards.delete(shard.shardId);
    this.#done.set(shard.shardId, now);
    this.#open(now);
    this.#listsAt = Math.min(this.#listsAt, now);
  }

  #startingPosition(): ShardPosition {
    const { StartingPosition, StartingPositionTimestamp } = this.#around.mapping;
    if (StartingPosition !== 'AT_TIMESTAMP') return { type: StartingPosition };
    return { type: 'AT_TIMESTAMP', timestamp: StartingPositionTimestamp ?? 0 };
  }
}

/** As often as a shard is polled. */
const afterFailedListMs = pollIntervalMs.kinesis;
