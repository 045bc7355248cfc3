/** One record of a shard, as the poller read it. */
export interface ShardRecord {
  readonly shardId: string;
  /** Decimal digits, up to 56 of them. */
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
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
    /** Epoch seconds, with milliseconds behind the point. */
    approximateArrivalTimestamp: number;
  };
  eventSource: 'aws:kinesis';
  eventVersion: string;
  /** Shard and sequence number, with a colon between them. */
  eventID: string;
  eventName: 'aws:kinesis:record';
  invokeIdentityArn: string;
  awsRegion: string;
  eventSourceARN: string;
}

/** Builds a fresh event: a handler may change the one it got. */
export function kinesisEvent(records: readonly ShardRecord[], streamArn: string): KinesisEvent {
  const [, , , region = '', account = ''] = streamArn.split(':');
  return {
    Records: records.map((record) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: record.partitionKey,
        sequenceNumber: record.sequenceNumber,
        data: Buffer.from(record.data).toString('base64'),
        approximateArrivalTimestamp: record.approximateArrivalTimestamp / 1_000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${record.shardId}:${record.sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: `arn:aws:iam::${account}:role/lambda-kinesis-role`,
      awsRegion: region,
      eventSourceARN: streamArn,
    })),
  };
}
