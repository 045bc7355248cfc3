import { JSON, Map } from '../base/intrinsics.ts';
import { isObject } from '../base/is-object.ts';
import { isPlainJson } from '../base/plain-json.ts';
import { textOf } from '../base/text.ts';
import { type AttributeValue, attributeTypes, type DynamoDBRecord } from './dynamodb-types.ts';
import type { KinesisStreamRecord } from './kinesis-types.ts';
import { areText, type KeptPayload, keptData, keptJson } from './payloads.ts';

/** A record of either kind of stream. */
export type StreamRecord = KinesisStreamRecord | DynamoDBRecord;

/** An event of either kind of stream. */
export interface StreamEvent<R extends StreamRecord = StreamRecord> {
  Records: R[];
}

/**
 * The value in the place of a record's payload: the payload `as-delivered`, a value that the record's own handler put there
 * (`handled`), or a value from another middleware, the decoded `text` or some `other`.
 */
export type Left = 'as-delivered' | 'handled' | 'text' | 'other';

/** The accessors of one kind of stream. */
export interface Source {
  sequenceNumber(record: StreamRecord): unknown;
  /**
   * Names the record's lane: a string, or `undefined` for a record that is a lane of its own. Only for records that have a
   * payload.
   */
  partitionKey(record: StreamRecord): unknown;
  shardId(record: StreamRecord): string | undefined;
  /** True if Lambda takes KPL aggregates apart before delivery, so that records may share a sequence number. */
  takesApart(record: StreamRecord | undefined): boolean;
  /** Epoch milliseconds. */
  arrivedAt(record: StreamRecord): number | undefined;
  /** The payload for quarantine, taken before handlers run; `undefined` if the record is not as Lambda delivered it. */
  payload(record: StreamRecord): string | undefined;
  /** The payloads of a batch for envelopes. */
  kept(payloads: readonly string[], areText: () => boolean): (index: number) => KeptPayload;
  /** Tells whether other middlewares had decoded the payloads to text. */
  areText(payloads: readonly string[]): () => boolean;
  /** True if a value other than the payload may have taken its place. */
  isTouched(record: StreamRecord, payload: string): boolean;
  /** Classifies the value in the payload's place. */
  left(record: StreamRecord, payload: string): Left;
  /** A copy of the record and of its stream-specific object; deeper values are shared. */
  copy(record: StreamRecord): StreamRecord;
}

const kinesis: Source = {
  sequenceNumber: (record) => (record as KinesisStreamRecord).kinesis?.sequenceNumber,
  partitionKey: (record) => (record as KinesisStreamRecord).kinesis.partitionKey || undefined,
  shardId({ eventID: eventId }) {
    const colon = typeof eventId === 'string' ? eventId.indexOf(':') : -1;
    return colon < 0 ? undefined : eventId!.slice(0, colon);
  },
  // Consumers of enhanced fan-out: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
  takesApart: (record) => String(record?.eventSourceARN).split('/')[2] === 'consumer',
  arrivedAt: (record) => milliseconds((record as Partial<KinesisStreamRecord>).kinesis?.approximateArrivalTimestamp),
  payload(record) {
    const { data }: { data: unknown } = (record as KinesisStreamRecord).kinesis;
    return textOf(data);
  },
  kept: keptData,
  areText,
  isTouched: (record, payload) => dataOf(record) !== payload,
  left(record, payload) {
    const data = dataOf(record);
    if (data === payload) return 'as-delivered';
    return data === Buffer.from(payload, 'base64').toString() ? 'text' : 'other';
  },
  copy: (record) => ({ ...(record as KinesisStreamRecord), kinesis: { ...(record as KinesisStreamRecord).kinesis } }),
};

const dynamodb: Source = {
  sequenceNumber: (record) => (record as DynamoDBRecord).dynamodb?.SequenceNumber,
  partitionKey: (record) => itemKey((record as DynamoDBRecord).dynamodb?.Keys),
  // DynamoDB Streams records do not name their shard.
  shardId: () => undefined,
  takesApart: () => false,
  arrivedAt: (record) => milliseconds((record as DynamoDBRecord).dynamodb?.ApproximateCreationDateTime),
  // No separate bytes: the record itself is the payload.
  payload(record) {
    const { Keys, NewImage, OldImage } = (record as DynamoDBRecord).dynamodb!;
    return [Keys, NewImage, OldImage].every(isItem) && isPlainJson(record) ? JSON.stringify(record) : undefined;
  },
  kept: keptJson,
  areText: () => () => false,
  // Only reading the whole record again would tell; failures do that.
  isTouched: () => true,
  left: (record, payload) => (dynamodb.payload(record) === payload ? 'as-delivered' : 'other'),
  copy: (record) => ({ ...(record as DynamoDBRecord), dynamodb: { ...(record as DynamoDBRecord).dynamodb } }),
};

/** The supported streams, by a record's `eventSource`. */
export const sources: ReadonlyMap<unknown, Source> = new Map([
  ['aws:kinesis', kinesis],
  ['aws:dynamodb', dynamodb],
]);

function dataOf(record: StreamRecord): unknown {
  return (record as Partial<KinesisStreamRecord>).kinesis?.data;
}

/** True for a map of attribute values. An unmarshalled item has plain values at least in its key. */
function isItem(item: unknown): boolean {
  if (item === undefined || item === null) return true;
  return typeof item === 'object' && !Array.isArray(item) && Object.values(item).every(isAttribute);
}

function isAttribute(value: unknown): boolean {
  if (!isObject(value)) return false;
  const types = Object.keys(value);
  return types.length === 1 && attributeTypes.has(types[0]!);
}

function itemKey(keys: { [key: string]: AttributeValue } | null | undefined): string | undefined {
  if (keys === undefined || keys === null) return undefined;
  return JSON.stringify(Object.entries(keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function milliseconds(seconds: unknown): number | undefined {
  const milliseconds = typeof seconds === 'number' ? Math.round(seconds * 1_000) : Number.NaN;
  // JSON has no negative zero.
  return Number.isFinite(milliseconds) ? milliseconds + 0 : undefined;
}
