import type { EventSourceMapping } from 'undam/mapping';
import type { DidId } from './did.ts';
import type { FunctionObserver, HandlerError, InvocationEnd } from './lambda/simulated-function.ts';
import type { Discard } from './mapping/discard.ts';
import type { MappingObserver, PassedAs } from './mapping/observer.ts';
import type { OnFailureMessage } from './mapping/on-failure.ts';
import type { SimulatedRecord } from './stream/simulated-stream.ts';
import { CapturedOutput, type LogPiece } from './virtual/captured-output.ts';
import type { SimulatedClock } from './virtual/clock.ts';

/**
 * What has become of a record: passed as the mapping says it, `discarded` (its retries or its age ran out),
 * `before-start` (the mapping's starting position is behind it), or still `waiting` at the end.
 */
export type Fate = PassedAs | 'discarded' | 'before-start' | 'waiting';

export interface RecordReport {
  readonly record: SimulatedRecord;
  readonly fate: Fate;
  /** When that was; absent while waiting. */
  readonly atMs: number | undefined;
  /** Invocations that it was part of. */
  readonly deliveries: number;
}

export interface InvocationReport {
  readonly requestId: string;
  readonly environment: number;
  readonly shardId: string;
  readonly records: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly end: InvocationEnd;
  /** What the handler rejected with, or what its process died of. */
  readonly error?: HandlerError;
}

export interface IteratorAgeSample {
  readonly atMs: number;
  readonly shardId: string;
  /** Age of the oldest record that is not passed; 0 when all are. */
  readonly ageMs: number;
  /** Records so far. */
  readonly processed: number;
  readonly discarded: number;
  readonly expired: number;
}

/** One call of `did()`. */
export interface DidReport {
  readonly id: DidId;
  readonly atMs: number;
}

/** What a simulation came to. Times in milliseconds from its start. */
export interface Simulation {
  /** With every default filled in. */
  readonly mapping: EventSourceMapping;
  /** False where the run ended, at `untilMs`, before everything was written. */
  readonly isComplete: boolean;
  /** In the order in which they were written. */
  readonly records: readonly RecordReport[];
  readonly invocations: readonly InvocationReport[];
  /** Invocations that Lambda refused before the function ran. */
  readonly throttles: number;
  /** What went to the `OnFailure` destination, or would have; with the event in it if that is a bucket. */
  readonly onFailure: readonly OnFailureMessage[];
  /** Messages that the destination did not take, as a FIFO queue takes none: the records are gone all the same. */
  readonly destinationDeliveryFailures: number;
  readonly iteratorAge: readonly IteratorAgeSample[];
  /** Calls of `did()` in the function, in order. */
  readonly did: readonly DidReport[];
  /** What the function wrote to its output, in order: at most the last 10,000 pieces. */
  readonly logs: readonly LogPiece[];
  readonly cost: { readonly requests: number; readonly gbSeconds: number };
  readonly endedMs: number;
}

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

/** Keeps count of a run. */
export class RunReport implements MappingObserver<SimulatedRecord> {
  readonly onFailure: OnFailureMessage[] = [];
  readonly did: DidReport[] = [];
  readonly output: CapturedOutput = new CapturedOutput();
  destinationDeliveryFailures = 0;
  readonly #clock: SimulatedClock;
  readonly #retentionMs: number;
  readonly #hasWindows: boolean;
  readonly #entries = new Map<SimulatedRecord, Entry>();
  readonly #shards = new Map<string, Shard>();
  /** By the sequence number of the first record of a batch: the event of a DynamoDB stream does not name its shard. */
  readonly #shardIds = new Map<string, string>();
  readonly #invocations: InvocationReport[] = [];
  readonly #started = new Map<
    string,
    { readonly startedMs: number; readonly shardId: string; readonly records: number }
  >();
  readonly #samples: IteratorAgeSample[] = [];
  #throttles = 0;

  /** @param hasWindows the mapping has tumbling windows */
  constructor(clock: SimulatedClock, retentionMs: number, hasWindows: boolean) {
    this.#hasWindows = hasWindows;
    this.#clock = clock;
    this.#retentionMs = retentionMs;
  }

  readonly functionObserver: FunctionObserver = {
    throttled: () => {
      this.#throttles++;
    },
    invocationStarted: (requestId, _, event) => {
      const [first] = event.Records as {
        kinesis?: { sequenceNumber: string };
        dynamodb?: { SequenceNumber: string };
      }[];
      const sequenceNumber = first?.kinesis?.sequenceNumber ?? first?.dynamodb?.SequenceNumber ?? '';
      const shardId = event.shardId ?? this.#shardIds.get(sequenceNumber) ?? '';
      this.#started.set(requestId, { startedMs: this.#clock.now(), shardId, records: event.Records.length });
    },
    invocationEnded: (requestId, environment, end, error) => {
      const started = this.#started.get(requestId)!;
      this.#started.delete(requestId);
      this.#invocations.push({
        requestId,
        environment,
        ...started,
        endedMs: this.#clock.now(),
        end,
        ...(error && { error }),
      });
    },
  };

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

  readonly invoking = (shardId: string, records: readonly SimulatedRecord[]): void => {
    if (records[0] !== undefined) this.#shardIds.set(records[0].sequenceNumber, shardId);
    for (const record of records) this.#entries.get(record)!.deliveries++;
  };

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

  sample(): void {
    const atMs = this.#clock.now();
    for (const [shardId, shard] of this.#shards) {
      const oldest = this.#advance(shard)?.record;
      const ageMs = oldest ? this.#clock.date() - oldest.approximateArrivalTimestamp : 0;
      this.#samples.push({ atMs, shardId, ageMs, ...shard.counts });
    }
  }

  end(mapping: EventSourceMapping, cost: Simulation['cost'], isComplete: boolean): Simulation {
    for (const shard of this.#shards.values()) this.#advance(shard);
    return {
      mapping,
      isComplete,
      records: this.#records(),
      invocations: this.#invocations,
      throttles: this.#throttles,
      onFailure: this.onFailure,
      destinationDeliveryFailures: this.destinationDeliveryFailures,
      iteratorAge: this.#samples,
      did: this.did,
      logs: this.output.pieces,
      cost,
      endedMs: this.#clock.now(),
    };
  }

  /** In the order in which they were written; the user records of an aggregate in its place. */
  #records(): RecordReport[] {
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
