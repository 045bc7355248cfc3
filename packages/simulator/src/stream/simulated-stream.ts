import type { EventSource } from '../mapping/ports.ts';
import type { SimulatedClock } from '../virtual/clock.ts';
import { dynamodbSource, type ItemChange, type ItemChangeRecord, itemKey } from './dynamodb-source.ts';
import { type KinesisRecord, kinesisSource } from './kinesis-source.ts';
import { VirtualStream } from './virtual-stream.ts';

export interface SimulatedStream {
  /** Default `kinesis`. */
  readonly kind?: 'kinesis' | 'dynamodb';
  /** Default 1. */
  readonly shards?: number;
  /** Default 24, as Kinesis's; DynamoDB Streams keep 24 hours always. */
  readonly retentionHours?: number;
  readonly streamArn?: string;
}

/** Something that is written to the stream. */
export interface Arrival {
  /** Milliseconds from the start of the run. Default 0: before the mapping exists. */
  readonly atMs?: number;
  readonly put: KinesisPut | ItemChange;
}

export interface KinesisPut {
  /** Left out on a stream that distributes its records automatically: over all shards, in no order. */
  readonly partitionKey?: string;
  readonly data: string | Uint8Array;
}

/** A record of either kind of stream. */
export type SimulatedRecord = KinesisRecord | ItemChangeRecord;

export interface StreamAndSource {
  readonly source: EventSource<SimulatedRecord>;
  readonly stream: VirtualStream<SimulatedRecord, Arrival['put']>;
}

/** A virtual stream of the kind that was asked for, and how it tells its records to a mapping. */
export function newStream(settings: SimulatedStream, clock: Pick<SimulatedClock, 'date'>): StreamAndSource {
  const { kind = 'kinesis', shards = 1, retentionHours = 24 } = settings;
  const source = sourceOf(kind, retentionHours * 3_600_000, settings.streamArn);
  let unkeyed = 0;
  const stream = new VirtualStream<SimulatedRecord, Arrival['put']>({
    kind,
    shards,
    retentionMs: source.retentionMs,
    date: clock.date,
    recordOf: (put, place) =>
      'data' in put ? { ...place, partitionKey: put.partitionKey, data: bytesOf(put.data) } : { ...place, change: put },
    keyOf: (put) => ('data' in put ? put.partitionKey || `record ${++unkeyed}` : itemKey(put)),
    bytesOf: (record) => ('data' in record ? record.data.length : source.eventBytes(record)),
  });
  return { source, stream };
}

function sourceOf(
  kind: 'kinesis' | 'dynamodb',
  retentionMs: number,
  arn: string | undefined,
): EventSource<SimulatedRecord> {
  const account = 'us-east-1:000000000000';
  if (kind === 'kinesis') {
    const streamArn = arn ?? `arn:aws:kinesis:${account}:stream/simulated`;
    return kinesisSource({ streamArn, retentionMs }) as EventSource<SimulatedRecord>;
  }
  const streamArn = arn ?? `arn:aws:dynamodb:${account}:table/simulated/stream/2025-01-01T00:00:00.000`;
  return dynamodbSource({ streamArn }) as EventSource<SimulatedRecord>;
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data;
}
