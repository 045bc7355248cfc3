import type { DynamoDBRecord, DynamoDBStreamEvent } from '../../src/streams/dynamodb-types.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';

export interface KinesisScript {
  /** @default the sequence number: each record is a lane of its own */
  readonly key?: string;
  /** The payload as text. @default `payload <sequence number>` */
  readonly data?: string;
  readonly shard?: string;
  readonly stream?: string;
}

/** One Kinesis record as Lambda delivers it. */
export function kinesisRecord(sequenceNumber: string, script: KinesisScript = {}): KinesisStreamRecord {
  const {
    key = sequenceNumber,
    data = `payload ${sequenceNumber}`,
    shard = 'shardId-000000000000',
    stream = 's',
  } = script;
  return {
    awsRegion: 'eu-west-1',
    eventID: `${shard}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    eventSource: 'aws:kinesis',
    eventSourceARN: `arn:aws:kinesis:eu-west-1:123456789012:stream/${stream}`,
    eventVersion: '1.0',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/lambda',
    kinesis: {
      approximateArrivalTimestamp: 1_700_000_000.123,
      data: Buffer.from(data).toString('base64'),
      kinesisSchemaVersion: '1.0',
      partitionKey: key,
      sequenceNumber,
    },
  };
}

/** A Kinesis event of records with these sequence numbers; `a1` and `a2` share the key `a`. */
export function kinesisEvent(...sequenceNumbers: readonly string[]): KinesisStreamEvent {
  return {
    Records: sequenceNumbers.map((number) => kinesisRecord(number, { key: number.replace(/\d+$/, '') || number })),
  };
}

/** The user records of one KPL aggregate, as Lambda delivers them to a consumer of enhanced fan-out. */
export function kplUnit(sequenceNumber: string, ...texts: readonly string[]): KinesisStreamRecord[] {
  return texts.map((data) => kinesisRecord(sequenceNumber, { key: 'outer', data, stream: fanOutStream }));
}

/** The end of the ARN of a consumer of enhanced fan-out; its records may share a sequence number. */
export const fanOutStream = 's/consumer/mine:1';

/** The sequence number of a Kinesis record. */
export function numberOf(record: unknown): string {
  return (record as KinesisStreamRecord).kinesis.sequenceNumber;
}

/** The payload of a Kinesis record as text. */
export function textOf({ kinesis }: KinesisStreamRecord): string {
  return Buffer.from(kinesis.data, 'base64').toString();
}

/** One DynamoDB Streams record of the item with this key. */
export function dynamodbRecord(sequenceNumber: string, itemKey: string): DynamoDBRecord {
  return {
    awsRegion: 'eu-west-1',
    dynamodb: {
      ApproximateCreationDateTime: 1_700_000_000,
      Keys: { id: { S: itemKey } },
      NewImage: { id: { S: itemKey }, total: { N: '12.50' } },
      SequenceNumber: sequenceNumber,
      SizeBytes: 40,
      StreamViewType: 'NEW_IMAGE',
    },
    eventID: `event-${sequenceNumber}`,
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    eventSourceARN: 'arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000',
    eventVersion: '1.1',
  };
}

export function dynamodbEvent(...records: readonly DynamoDBRecord[]): DynamoDBStreamEvent {
  return { Records: [...records] };
}
