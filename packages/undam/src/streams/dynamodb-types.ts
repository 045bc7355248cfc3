import { Set } from '../base/intrinsics.ts';
/** One DynamoDB Streams record as Lambda delivers it (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html). */
export interface DynamoDBRecord {
  awsRegion?: string | undefined;
  dynamodb?: DynamoDBStreamRecord | undefined;
  eventID?: string | undefined;
  eventName?: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined;
  /** `aws:dynamodb` */
  eventSource?: string | undefined;
  eventSourceARN?: string | undefined;
  eventVersion?: string | undefined;
  userIdentity?: unknown;
}

/** The DynamoDB part of a record: the change. */
export interface DynamoDBStreamRecord {
  /** Epoch seconds, without a fraction. */
  ApproximateCreationDateTime?: number | undefined;
  Keys?: { [key: string]: AttributeValue } | undefined;
  NewImage?: { [key: string]: AttributeValue } | undefined;
  OldImage?: { [key: string]: AttributeValue } | undefined;
  /** Decimal digits. */
  SequenceNumber?: string | undefined;
  SizeBytes?: number | undefined;
  StreamViewType?: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | undefined;
}

interface AttributeValues {
  B: string;
  BOOL: boolean;
  BS: string[];
  L: AttributeValue[];
  M: { [key: string]: AttributeValue };
  N: string;
  NS: string[];
  NULL: boolean;
  S: string;
  SS: string[];
}

/** The type names of attribute values. */
export const attributeTypes: ReadonlySet<string> = new Set<keyof AttributeValues>([
  'B',
  'BOOL',
  'BS',
  'L',
  'M',
  'N',
  'NS',
  'NULL',
  'S',
  'SS',
]);

/** A DynamoDB attribute value: one member, named after its type. */
export type AttributeValue = {
  [Type in keyof AttributeValues]: { [Name in Type]: AttributeValues[Name] } & {
    [Other in Exclude<keyof AttributeValues, Type>]?: never;
  };
}[keyof AttributeValues];

/** The event of a DynamoDB Streams event source mapping: the records of one shard. */
export interface DynamoDBStreamEvent {
  Records: DynamoDBRecord[];
}
