/** One Kinesis record as Lambda delivers it (https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html). */
export interface KinesisStreamRecord {
  awsRegion: string;
  /** `shardId-000000000006:<sequence number>` */
  eventID: string;
  eventName: string;
  /** `aws:kinesis` */
  eventSource: string;
  eventSourceARN: string;
  eventVersion: string;
  invokeIdentityArn: string;
  kinesis: KinesisStreamRecordPayload;
}

/** The Kinesis part of a record. */
export interface KinesisStreamRecordPayload {
  /** Epoch seconds, with milliseconds as the fraction. */
  approximateArrivalTimestamp: number;
  /** The payload in base64. */
  data: string;
  kinesisSchemaVersion: string;
  /** Empty or absent in streams that distribute their records automatically. */
  partitionKey: string;
  /** About 56 decimal digits. */
  sequenceNumber: string;
}

/** The event of a Kinesis event source mapping: the records of one shard. */
export interface KinesisStreamEvent {
  Records: KinesisStreamRecord[];
}
