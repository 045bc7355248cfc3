import type { EventSource, SourceRecord } from '../mapping/ports.ts';

/** One change of an item, as attribute values (`{ S: 'text' }`). */
export interface ItemChange {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly Keys: AttributeMap;
  readonly NewImage?: AttributeMap;
  readonly OldImage?: AttributeMap;
}

export type AttributeMap = Readonly<Record<string, object>>;

/** One record of a DynamoDB stream. */
export interface ItemChangeRecord extends SourceRecord {
  readonly change: ItemChange;
}

export interface DynamoDBSourceOptions {
  readonly streamArn: string;
}

/** Documented: a DynamoDB stream keeps its records for 24 hours. */
const retentionMs = 86_400_000;

/** A DynamoDB stream's form of records. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export function dynamodbSource({ streamArn }: DynamoDBSourceOptions): EventSource<ItemChangeRecord> {
  const [, , , awsRegion = ''] = streamArn.split(':');
  const eventRecord = ({ sequenceNumber, approximateArrivalTimestamp, change }: ItemChangeRecord): object => {
    const { eventName, ...images } = structuredClone(change);
    return {
      eventID: sequenceNumber.padStart(32, '0'),
      eventName,
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion,
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(approximateArrivalTimestamp / 1_000),
        ...images,
        SequenceNumber: sequenceNumber,
        SizeBytes: JSON.stringify(images).length,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
      eventSourceARN: streamArn,
    };
  };
  return {
    kind: 'dynamodb',
    streamArn,
    isEnhancedFanOut: false,
    retentionMs,
    eventRecord,
    eventBytes: (record) => Buffer.byteLength(JSON.stringify(eventRecord(record))),
    filterable: (record) => eventRecord(record) as Readonly<Record<string, unknown>>,
    orderingKey: ({ change }) => itemKey(change),
  };
}

/** Documented: order is kept per item, that is per partition and sort key. */
export function itemKey({ Keys }: ItemChange): string {
  return JSON.stringify(Object.entries(Keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}
