import type { KinesisStreamEvent, KinesisStreamRecord } from 'undam';

/** A record that a test puts into its shard. */
export interface TestRecord {
  /** The test's name for the record. */
  readonly name: string;
  readonly partitionKey: string;
  /** The bytes as the producer put them. */
  readonly data: Buffer;
  /** Decimal digits, as many as Kinesis has. */
  readonly sequenceNumber: string;
}

let latest = 49_545_115_243_490n * 10n ** 42n;

/** Puts a record at the end of the shard; a payload that is not text is put as JSON. */
export function put(name: string, partitionKey: string, payload: unknown): TestRecord {
  latest += 1n;
  const data = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { name, partitionKey, data, sequenceNumber: String(latest) };
}

/** The event that Lambda builds from the records: a fresh one for each delivery. */
export function kinesisEvent(records: readonly TestRecord[]): KinesisStreamEvent {
  return { Records: records.map(kinesisRecord) };
}

function kinesisRecord({ partitionKey, data, sequenceNumber }: TestRecord): KinesisStreamRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey,
      sequenceNumber,
      data: data.toString('base64'),
      approximateArrivalTimestamp: Date.now() / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/lambda-kinesis-role',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/example',
  };
}
