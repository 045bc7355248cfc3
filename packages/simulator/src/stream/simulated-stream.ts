import type { EventSource } from '../mapping/ports.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import { dynamodbSource, type ItemChange, type ItemChangeRecord, itemKey } from './dynamodb-source.ts';
import { type KinesisRecord, kinesisSource } from './kinesis-source.ts';
import { VirtualStream } from './virtual-stream.ts';

export interface SimulatedStream {
  /** The kind of stream. @default kinesis */
  readonly kind?: 'kinesis' | 'dynamodb';
  /** The number of shards. @default 1 */
  readonly shards?: number;
  /** Hours for which Kinesis keeps records; DynamoDB Streams always keep them for 24. @default 24 */
  readonly retentionHours?: number;
  /** The ARN of the stream. @default that of a stream `simulated` in us-east-1 */
  readonly streamArn?: string;
  /**
   * ARN of a registered consumer (`…:stream/NAME/consumer/NAME:TIMESTAMP`). The mapping then reads by enhanced fan-out, and
   * Lambda takes KPL aggregates apart.
   *
   * @default none: the mapping shares the stream's iterators
   */
  readonly consumerArn?: string;
}

/** A record for the stream. */
export interface Arrival {
  /**
   * Milliseconds from the start of the run; negative for a record older than the run. A record at 0 exists before the mapping.
   *
   * @default 0
   */
  readonly atMs?: number;
  readonly put: KinesisPut | ItemChange;
}

export interface KinesisPut {
  /** Omit it for a stream that distributes its records automatically: over all shards, in no order. */
  readonly partitionKey?: string;
  /** Decimal digits; selects the shard in place of the partition key. @default none */
  readonly explicitHashKey?: string;
  readonly data: string | Uint8Array;
}

/** A record of either kind of stream. */
export type SimulatedRecord = KinesisRecord | ItemChangeRecord;

export interface StreamAndSource {
  readonly source: EventSource<SimulatedRecord>;
  readonly stream: VirtualStream<SimulatedRecord, Arrival['put']>;
}

export interface NewStreamOptions {
  /** Called with the records before the mapping's starting position. @default none */
  readonly skipped?: (records: readonly SimulatedRecord[]) => void;
  /** See `MappingAssumptions`. @default own */
  readonly userRecordKey?: 'own' | 'outer';
}

/** A virtual stream of the given kind, and its form of records for a mapping. */
export function newStream(
  settings: SimulatedStream,
  clock: Pick<SimulatedClock, 'date'>,
  { skipped, ...more }: NewStreamOptions = {},
): StreamAndSource {
  const { kind = 'kinesis', shards = 1 } = settings;
  const source = kind === 'kinesis' ? kinesisSourceOf(settings, more) : dynamodbSourceOf(settings);
  let unkeyed = 0;
  const stream = new VirtualStream<SimulatedRecord, Arrival['put']>({
    kind,
    shards,
    retentionMs: source.retentionMs,
    date: clock.date,
    recordOf: (put, place) =>
      'data' in put ? { ...place, partitionKey: put.partitionKey, data: bytesOf(put.data) } : { ...place, change: put },
    keyOf: (put) => ('data' in put ? put.partitionKey || `record ${++unkeyed}` : itemKey(put)),
    hashKeyOf: (put) => ('data' in put && put.explicitHashKey ? BigInt(put.explicitHashKey) : undefined),
    bytesOf: (record) => ('data' in record ? record.data.length : source.eventBytes(record)),
    ...(skipped && { skipped }),
  });
  return { source, stream };
}

const account = 'us-east-1:000000000000';

function kinesisSourceOf(
  { streamArn = `arn:aws:kinesis:${account}:stream/simulated`, consumerArn, retentionHours = 24 }: SimulatedStream,
  more: Pick<NewStreamOptions, 'userRecordKey'>,
): EventSource<SimulatedRecord> {
  const retentionMs = retentionHours * 3_600_000;
  const consumer = consumerArn === undefined ? {} : { consumerArn };
  return kinesisSource({ streamArn, retentionMs, ...consumer, ...more }) as EventSource<SimulatedRecord>;
}

function dynamodbSourceOf({
  streamArn = `arn:aws:dynamodb:${account}:table/simulated/stream/2025-01-01T00:00:00.000`,
}: SimulatedStream): EventSource<SimulatedRecord> {
  return dynamodbSource({ streamArn }) as EventSource<SimulatedRecord>;
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  // Takes any view of bytes, and copies it, as the stream would.
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}
