import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { isThenable } from '../base/thenable.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { Decode } from './decoder.ts';
import {
  type CheckedImageOptions,
  type ImageOptions,
  type ItemImages,
  imageReader,
  type MarshalledImages,
} from './dynamodb-image-reader.ts';
import type { InferredFirst } from './inferred-first.ts';
import { dataOf, parsed } from './json.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import type { AttributeItem } from './unmarshall.ts';

/**
 * A change that DynamoDB writes to a Kinesis stream (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html).
 * Changes may arrive late and more than once: `createdAt` orders the changes of an item.
 */
export interface DynamoDBChange<T, K = T> extends ItemImages<T, K> {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  eventID: string;
  /** The table of the item; several tables may write to one stream. */
  tableName: string;
  /** Epoch milliseconds, with microseconds as the fraction if the table sends them. */
  createdAt: number | undefined;
  /** The service that made the change: DynamoDB itself for an expired item; `undefined` for other changes. */
  userIdentity: unknown;
}

/**
 * Decodes a Kinesis record written by DynamoDB, with the options and plain values of `images()`. Undam quarantines the record at
 * once, with reason `undecodable`, if it holds no such change, no keys, an invalid attribute value, or an image that does not
 * match the `schema`.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, or `bad-record` for a DynamoDB Streams
 *   record
 */
export function dynamodbChange<S extends StandardSchema, N = number | bigint>(
  options: ImageOptions<N> & { readonly schema: S },
): InferredFirst<S, Decode<KinesisStreamRecord, DynamoDBChange<SchemaOutput<S>, AttributeItem<N>>>>;
/** Without a schema: the images' content is not checked. */
export function dynamodbChange<N = number | bigint>(
  options?: ImageOptions<N> & { readonly schema?: undefined },
): InferredFirst<N, Decode<KinesisStreamRecord, DynamoDBChange<AttributeItem<N>>>>;
export function dynamodbChange(
  options: CheckedImageOptions = {},
): Decode<KinesisStreamRecord, DynamoDBChange<unknown>> {
  const reader = imageReader('dynamodbChange()', options, (found) => {
    return undecodable(`expected a DynamoDB attribute value in an image, got ${found}`);
  });
  return (record) => {
    const data = dataOf(record, 'dynamodbChange()');
    const change = parsed(Buffer.from(data, 'base64'), 'dynamodbChange()', data);
    if (!isChange(change)) throw undecodable('expected a change that DynamoDB has written, got other JSON');
    const { eventName, eventID, tableName, userIdentity, dynamodb } = change;
    const origin = {
      eventName,
      eventID,
      tableName,
      createdAt: createdAt(dynamodb),
      userIdentity: userIdentity ?? undefined,
    };
    const images = reader.images(dynamodb);
    return isThenable(images) ? images.then((later) => ({ ...origin, ...later })) : { ...origin, ...images };
  };
}

/** A change as written to a Kinesis record's data. */
interface WrittenChange {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventID: string;
  readonly tableName: string;
  readonly userIdentity?: unknown;
  readonly dynamodb: MarshalledImages & {
    readonly ApproximateCreationDateTime?: unknown;
    /** Absent for milliseconds. */
    readonly ApproximateCreationDateTimePrecision?: unknown;
  };
}

function isChange(value: unknown): value is WrittenChange {
  if (!isObject(value)) return false;
  const { eventSource, eventName, eventID, tableName, dynamodb } = value as Partial<Record<string, unknown>>;
  return (
    eventSource === 'aws:dynamodb' &&
    (eventName === 'INSERT' || eventName === 'MODIFY' || eventName === 'REMOVE') &&
    typeof eventID === 'string' &&
    typeof tableName === 'string' &&
    isObject(dynamodb)
  );
}

function createdAt({
  ApproximateCreationDateTime: time,
  ApproximateCreationDateTimePrecision: precision,
}: WrittenChange['dynamodb']): number | undefined {
  const absent = (value: unknown): boolean => value === undefined || value === null;
  if (absent(time)) return undefined;
  if (Number.isFinite(time)) {
    if (precision === 'MICROSECOND') return (time as number) / 1_000;
    if (precision === 'MILLISECOND' || absent(precision)) return time as number;
  }
  throw undecodable('expected the time of the change in milliseconds or microseconds, got neither');
}

function undecodable(problem: string): UndamError {
  return new UndamError('undecodable', problem);
}
