import { newStream, type SimulatedRecord, type StreamAndSource } from '@undam/simulator/parts';
import type { StreamRecord } from 'undam';
import {
  keptOf,
  type PutGroup,
  putGroups,
  putNumberOf,
  putOf,
  type StreamKind,
  streamSettings,
} from '../scenario/stream-kinds.ts';
import type { InvocationSight, RecordSight } from '../sights/sights.ts';
import type { MessageOrigin } from '../stores/quarantine-queue.ts';
import type { RunContext } from './run-context.ts';

/** The stream of a run, and the planned record behind each record that is read from it. */
export class PlannedStream {
  readonly kind: StreamKind;
  readonly source: StreamAndSource['source'];
  readonly stream: StreamAndSource['stream'];
  /** Epoch milliseconds, by index of the planned record. */
  readonly arrivals: number[] = [];
  readonly #run: RunContext;
  /** The indexes of planned records, by put. */
  readonly #groups: PutGroup[] = [];
  #putCount = 0;

  constructor(run: RunContext) {
    const { scenario, time } = run;
    this.#run = run;
    this.kind = scenario.stream ?? 'kinesis';
    const { source, stream } = newStream(
      {
        kind: this.kind === 'dynamodb' ? 'dynamodb' : 'kinesis',
        shards: scenario.shards,
        retentionHours: scenario.retentionMs / 3_600_000,
        ...streamSettings(this.kind),
      },
      { date: time.date },
    );
    this.source = {
      ...source,
      // Tells equal records apart for the handlers.
      eventRecord: (record) => ({ ...source.eventRecord(record), soak: this.indexOf(record) }),
    };
    this.stream = stream;
  }

  put(indexes: readonly number[]): void {
    const { scenario, witness, time, note } = this.#run;
    for (const group of putGroups(this.kind, indexes, scenario.records)) {
      const written = this.stream.put(putOf(this.kind, group, scenario.records));
      // Records are put in the order of their times, so a sequence number tells which put it is of.
      this.#groups[this.#putCount++] = group;
      for (const [place, index] of group.entries()) {
        this.arrivals[index] = time.date();
        const record = group.length === 1 ? written : this.#userRecords(written)[place]!;
        witness.mapping.put(index, written.sequenceNumber, () => keptOf(record, this.source.eventRecord(record)));
      }
    }
    note?.(() => `put: ${indexes.join(' ')}`);
  }

  #userRecords(aggregate: SimulatedRecord): readonly SimulatedRecord[] {
    const parts = this.source.takeApart?.(aggregate, { shardId: aggregate.shardId } as never);
    if (!Array.isArray(parts)) throw new Error('an aggregate that is none');
    return parts;
  }

  /** The index of the planned record. */
  indexOf(record: SimulatedRecord): number {
    const group = this.#groups[putNumberOf(record.sequenceNumber) - 1]!;
    return group[('subSequenceNumber' in record && record.subSequenceNumber) || 0]!;
  }

  /** The record that a handler is given. */
  readonly recordOf = (record: StreamRecord): RecordSight =>
    this.#run.witness.records[(record as { readonly soak?: number }).soak!]!;

  /** All that were put under a number. */
  groupOf(sequenceNumber: string): RecordSight[] {
    return this.#groups[putNumberOf(sequenceNumber) - 1]!.map((index) => this.#run.witness.records[index]!);
  }

  /** A record of a number; in a unit, one of which an answer was lost, if any. */
  lostOf(sequenceNumber: string, invocation: InvocationSight | undefined): RecordSight {
    const group = this.groupOf(sequenceNumber);
    const members = group.filter((record) => record.invocation === invocation);
    return members.find(({ lostIn }) => lostIn.length > 0) ?? group[0]!;
  }

  /** The record that a message names; where its invocation has ended, any record of its number and data. */
  readonly recordOfMessage = (origin: MessageOrigin, invocation: InvocationSight | undefined): RecordSight => {
    const { sequenceNumber, data, position = 0 } = origin;
    const members = (invocation?.batch ?? []).filter((record) => record.sequenceNumber === sequenceNumber);
    const group = this.groupOf(sequenceNumber);
    return members[position] ?? group.find((record) => record.data() === data) ?? group[0]!;
  };
}
