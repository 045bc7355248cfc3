/** One DynamoDB Streams record as Lambda delivers it (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html). */
export interface DynamoDBRecord {
  awsRegion?: string;
  dynamodb?: DynamoDBStreamRecord;
  eventID?: string;
  eventName?: 'INSERT' | 'MODIFY' | 'REMOVE';
  /** `aws:dynamodb` */
  eventSource?: string;
  eventSourceARN?: string;
  eventVersion?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape that @types/aws-lambda gives, so that either type fits.
  userIdentity?: any;
}

export interface DynamoDBStreamRecord {
  /** Epoch seconds, without a fraction. */
  ApproximateCreationDateTime?: number;
  Keys?: { [key: string]: AttributeValue };
  NewImage?: { [key: string]: AttributeValue };
  OldImage?: { [key: string]: AttributeValue };
  /** Decimal digits. */
  SequenceNumber?: string;
  SizeBytes?: number;
  StreamViewType?: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';
}

/** A DynamoDB attribute value: one of these members is set. */
export interface AttributeValue {
  B?: string;
  BS?: string[];
  BOOL?: boolean;
  L?: AttributeValue[];
  M?: { [key: string]: AttributeValue };
  N?: string;
  NS?: string[];
  NULL?: boolean;
  S?: string;
  SS?: string[];
}

/** The event of a DynamoDB Streams event source mapping: the records of one shard. */
export interface DynamoDBStreamEvent {
  Records: DynamoDBRecord[];
}
