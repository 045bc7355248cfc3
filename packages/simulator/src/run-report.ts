import type { FunctionObserver, HandlerError, InvocationEnd } from './lambda/simulated-function.ts';
import type { MappingObserver } from './mapping/lane.ts';
import type { OnFailureMessage } from './mapping/on-failure.ts';
import type { Discard } from './mapping/retries.ts';
import type { SimulatedRecord } from './stream/simulated-stream.ts';
import type { SimulatedClock } from './virtual/clock.ts';

/**
 * What has become of a record: `processed` (the checkpoint moved past it because the function said so), `discarded` (its
 * retries or its age ran out), `expired` (it left the stream before), `filtered`, or still `waiting` at the end.
 */
export type Fate = 'processed' | 'discarded' | 'expired' | 'filtered' | 'waiting';

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

/** What a simulation came to. Times in milliseconds from its start. */
export interface Simulation {
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
  readonly cost: { readonly requests: number; readonly gbSeconds: number };
  readonly endedMs: number;
}

interface Entry {
  readonly record: SimulatedRecord;
  fate: Fate;
  atMs: number | undefined;
  deliveries: number;
}

interface Shard {
  readonly entries: Entry[];
  /** The first entry that may be unpassed. */
  first: number;
  readonly counts: Record<Exclude<Fate, 'waiting'>, number>;
}

/** Keeps count of a run. */
export class RunReport implements MappingObserver<SimulatedRecord> {
  readonly onFailure: OnFailureMessage[] = [];
  destinationDeliveryFailures = 0;
  readonly #clock: SimulatedClock;
  readonly #retentionMs: number;
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

  constructor(clock: SimulatedClock, retentionMs: number) {
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
    const entry: Entry = { record, fate: 'waiting', atMs: undefined, deliveries: 0 };
    this.#entries.set(record, entry);
    this.#shard(record.shardId).entries.push(entry);
  }

  readonly invoking = (shardId: string, records: readonly SimulatedRecord[]): void => {
    if (records[0] !== undefined) this.#shardIds.set(records[0].sequenceNumber, shardId);
    for (const record of records) this.#entries.get(record)!.deliveries++;
  };

  processed(records: readonly SimulatedRecord[]): void {
    this.#pass(records, 'processed');
  }

  discarded({ records }: Discard<SimulatedRecord>): void {
    this.#pass(records, 'discarded');
  }

  expired(records: readonly SimulatedRecord[]): void {
    this.#pass(records, 'expired');
  }

  filtered(records: readonly SimulatedRecord[]): void {
    this.#pass(records, 'filtered');
  }

  sample(): void {
    const atMs = this.#clock.now();
    for (const [shardId, shard] of this.#shards) {
      const oldest = this.#advance(shard)?.record;
      const ageMs = oldest ? this.#clock.date() - oldest.approximateArrivalTimestamp : 0;
      this.#samples.push({ atMs, shardId, ageMs, ...shard.counts });
    }
  }

  end(cost: Simulation['cost']): Simulation {
    for (const shard of this.#shards.values()) this.#advance(shard);
    return {
      records: [...this.#entries.values()],
      invocations: this.#invocations,
      throttles: this.#throttles,
      onFailure: this.onFailure,
      destinationDeliveryFailures: this.destinationDeliveryFailures,
      iteratorAge: this.#samples,
      cost,
      endedMs: this.#clock.now(),
    };
  }

  #pass(records: readonly SimulatedRecord[], fate: Exclude<Fate, 'waiting'>): void {
    for (const record of records) this.#passOne(this.#entries.get(record)!, fate);
  }

  #passOne(entry: Entry, fate: Exclude<Fate, 'waiting'>): void {
    const { counts } = this.#shard(entry.record.shardId);
    // One that leaves the stream while the function has it may still be processed.
    if (entry.fate === 'expired') counts.expired--;
    else if (entry.fate !== 'waiting') throw new Error(`the mapping passed ${entry.record.sequenceNumber} twice`);
    entry.fate = fate;
    entry.atMs = this.#clock.now();
    counts[fate]++;
  }

  /** Moves on to the first record that is neither passed nor gone from the stream. */
  #advance(shard: Shard): Entry | undefined {
    const oldest = this.#clock.date() - this.#retentionMs;
    for (let entry = shard.entries[shard.first]; entry; entry = shard.entries[++shard.first]) {
      if (entry.fate !== 'waiting') continue;
      if (entry.record.approximateArrivalTimestamp >= oldest) return entry;
      // The mapping may never have read it.
      this.#passOne(entry, 'expired');
    }
    return undefined;
  }

  #shard(shardId: string): Shard {
    let shard = this.#shards.get(shardId);
    if (!shard) {
      shard = { entries: [], first: 0, counts: { processed: 0, discarded: 0, expired: 0, filtered: 0 } };
      this.#shards.set(shardId, shard);
    }
    return shard;
  }
}
