import { parseForFilter, unreadable } from '../mapping/filter-text.ts';
import type { EventSource, SourceRecord } from '../mapping/ports.ts';
import { type HashRange, hashKeyOf, holds } from './hash-ranges.ts';
import { type UserRecord, userRecordsOf } from './kpl-aggregate.ts';

/** One record of a Kinesis stream. */
export interface KinesisRecord extends SourceRecord {
  /** Absent on streams that distribute their records automatically. */
  readonly partitionKey: string | undefined;
  readonly data: Uint8Array;
  /** The place of a user record in its KPL aggregate, if Lambda took the aggregate apart. */
  readonly subSequenceNumber?: number;
}

export interface KinesisSourceOptions {
  readonly streamArn: string;
  /** ARN of the registered consumer through which the mapping reads: enhanced fan-out. @default none */
  readonly consumerArn?: string;
  /** See `MappingAssumptions`. @default own */
  readonly userRecordKey?: 'own' | 'outer';
  /** Milliseconds for which the stream keeps its records. @default 86_400_000 */
  readonly retentionMs?: number;
}

/** The event that Lambda builds from a Kinesis batch. https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export interface KinesisEvent {
  Records: KinesisEventRecord[];
}

export interface KinesisEventRecord {
  kinesis: {
    kinesisSchemaVersion: string;
    partitionKey: string;
    sequenceNumber: string;
    /** Base64. */
    data: string;
    /** Epoch seconds, with milliseconds as decimals. */
    approximateArrivalTimestamp: number;
  };
  eventSource: 'aws:kinesis';
  eventVersion: string;
  /** Shard and sequence number, joined by a colon. */
  eventID: string;
  eventName: 'aws:kinesis:record';
  invokeIdentityArn: string;
  awsRegion: string;
  eventSourceARN: string;
}

/** A Kinesis stream's form of records. */
export function kinesisSource({
  streamArn,
  consumerArn,
  userRecordKey = 'own',
  retentionMs = 86_400_000,
}: KinesisSourceOptions): EventSource<KinesisRecord> {
  const [, , , awsRegion = '', account = ''] = streamArn.split(':');
  const invokeIdentityArn = `arn:aws:iam::${account}:role/lambda-kinesis-role`;
  const eventRecord = (record: KinesisRecord): KinesisEventRecord => ({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey ?? '',
      sequenceNumber: record.sequenceNumber,
      data: base64(record.data),
      approximateArrivalTimestamp: record.approximateArrivalTimestamp / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${record.shardId}:${record.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn,
    awsRegion,
    eventSourceARN: consumerArn ?? streamArn,
  });
  const empty = { shardId: '', sequenceNumber: '', approximateArrivalTimestamp: 0, partitionKey: '', data: nothing };
  const fixedBytes = JSON.stringify(eventRecord(empty)).length - 1;
  return {
    kind: 'kinesis',
    streamArn: consumerArn ?? streamArn,
    isEnhancedFanOut: consumerArn !== undefined,
    retentionMs,
    eventRecord,
    eventBytes: (record) =>
      fixedBytes +
      4 * Math.ceil(record.data.length / 3) +
      2 * record.sequenceNumber.length +
      record.shardId.length +
      String(record.approximateArrivalTimestamp / 1_000).length +
      (record.partitionKey === undefined ? 0 : Buffer.byteLength(JSON.stringify(record.partitionKey)) - 2),
    filterable: (record) => ({ ...eventRecord(record).kinesis, ...eventRecord(record), ...parsed(record.data) }),
    orderingKey: (record) => record.partitionKey || record.sequenceNumber,
    takeApart: (record, { hashRange }) => takeApart(record, hashRange, userRecordKey),
  };
}

/** Recorded: a user record has the sequence number, arrival and `eventID` of its aggregate. */
function takeApart(
  record: KinesisRecord,
  range: HashRange | undefined,
  userRecordKey: 'own' | 'outer',
): readonly KinesisRecord[] | 'foreign' | undefined {
  const userRecords = userRecordsOf(record.data);
  if (!userRecords) return undefined;
  const isForeign = ({ partitionKey, explicitHashKey }: UserRecord): boolean =>
    range !== undefined && !holds(range, explicitHashKey ? BigInt(explicitHashKey) : hashKeyOf(partitionKey));
  if (userRecords.some(isForeign)) return 'foreign';
  return userRecords.map(({ partitionKey, data }, subSequenceNumber) => ({
    ...record,
    partitionKey: userRecordKey === 'own' ? partitionKey : record.partitionKey,
    data,
    subSequenceNumber,
  }));
}

const nothing = new Uint8Array();

function base64(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

/** Documented: filters see a JSON payload as `data`; a filter that asks for `data` drops any other payload. */
function parsed(data: Uint8Array): { readonly data: unknown } {
  try {
    return { data: parseForFilter(new TextDecoder().decode(data)) };
  } catch {
    return { data: unreadable };
  }
}
