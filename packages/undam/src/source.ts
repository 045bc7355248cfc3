import type { AttributeValue, DynamoDBRecord } from './dynamodb.ts';
import { JSON, Map } from './intrinsics.ts';
import type { KinesisStreamRecord } from './kinesis.ts';

/** A record of either kind of stream. */
export type StreamRecord = KinesisStreamRecord | DynamoDBRecord;

/** An event of either kind of stream. */
export interface StreamEvent<R extends StreamRecord = StreamRecord> {
  Records: R[];
}

/** How one kind of stream names what the engine asks of its records. */
export interface Source {
  sequenceNumber(record: StreamRecord): unknown;
  /** What its lane is named by; `undefined` for a record that is a lane of its own. */
  partitionKey(record: StreamRecord): string | undefined;
  shardId(record: StreamRecord): string | undefined;
  /** Epoch milliseconds. */
  arrivedAt(record: StreamRecord): number | undefined;
  /** What a quarantine is to keep, taken while the record is as Lambda delivered it: JSON text, or base64. */
  payload(record: StreamRecord): string;
  /** A payload in base64. */
  base64(payload: string): string;
  /** A copy of the record, and of what it holds of the stream: what is deeper is shared. */
  copy(record: StreamRecord): StreamRecord;
}

const kinesis: Source = {
  sequenceNumber: (record) => (record as KinesisStreamRecord).kinesis?.sequenceNumber,
  partitionKey: (record) => (record as KinesisStreamRecord).kinesis.partitionKey || undefined,
  shardId(record) {
    const eventId = String(record.eventID);
    const colon = eventId.indexOf(':');
    return colon < 0 ? undefined : eventId.slice(0, colon);
  },
  arrivedAt: (record) => milliseconds((record as Partial<KinesisStreamRecord>).kinesis?.approximateArrivalTimestamp),
  payload(record) {
    const { data }: { data: unknown } = (record as KinesisStreamRecord).kinesis;
    // A middleware before ours may have parsed it.
    return typeof data === 'string' ? data : base64(JSON.stringify(data ?? ''));
  },
  base64: (payload) => payload,
  copy: (record) => ({ ...(record as KinesisStreamRecord), kinesis: { ...(record as KinesisStreamRecord).kinesis } }),
};

const dynamodb: Source = {
  sequenceNumber: (record) => (record as DynamoDBRecord).dynamodb?.SequenceNumber,
  partitionKey: (record) => itemKey((record as DynamoDBRecord).dynamodb?.Keys),
  // A DynamoDB Streams record does not name its shard.
  shardId: () => undefined,
  arrivedAt: (record) => milliseconds((record as DynamoDBRecord).dynamodb?.ApproximateCreationDateTime),
  // It has no bytes of its own: the record is what there is.
  payload: (record) => JSON.stringify(record),
  base64,
  copy: (record) => ({ ...(record as DynamoDBRecord), dynamodb: { ...(record as DynamoDBRecord).dynamodb } }),
};

/** The streams that Undam reads, by a record's `eventSource`. */
export const sources: ReadonlyMap<unknown, Source> = new Map([
  ['aws:kinesis', kinesis],
  ['aws:dynamodb', dynamodb],
]);

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function itemKey(keys: { [key: string]: AttributeValue } | undefined): string | undefined {
  if (keys === undefined) return undefined;
  return JSON.stringify(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return typeof seconds === 'number' ? Math.round(seconds * 1_000) : undefined;
}
