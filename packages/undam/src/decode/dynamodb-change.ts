import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { isThenable } from '../base/thenable.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import type { AttributeItem } from './attribute-values.ts';
import type { Decode } from './decoder.ts';
import type { InferredFirst } from './inferred-first.ts';
import {
  type CheckedImageOptions,
  type ImageOptions,
  type ItemImages,
  imageReader,
  type MarshalledImages,
} from './item-images.ts';
import { dataOf, parsed } from './json.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';

/**
 * What DynamoDB writes to a Kinesis stream for each change of a table
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html), which may come late and twice: `createdAt`
 * says which of two changes of an item is the newer one.
 */
export interface DynamoDBChange<T, K = T> extends ItemImages<T, K> {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  eventID: string;
  /** Several tables may write to one stream. */
  tableName: string;
  /** Epoch milliseconds, with microseconds as fraction where the table sends them. */
  createdAt: number | undefined;
  /** Who made the change, where that was a service: DynamoDB itself for an item that has expired. */
  userIdentity: unknown;
}

/**
 * Decodes a Kinesis record that DynamoDB itself has written, with the options of `images()` and the same plain values.
 * What is no such change, a change without keys, or an image that holds anything but attribute values can never be read:
 * the record is quarantined at once with reason `undecodable`, as it is where an image does not match the `schema`.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `bad-record` for a DynamoDB Streams record
 */
export function dynamodbChange<S extends StandardSchema, N = number | bigint>(
  options: ImageOptions<N> & { readonly schema: S },
): InferredFirst<S, Decode<KinesisStreamRecord, DynamoDBChange<SchemaOutput<S>, AttributeItem<N>>>>;
/** Without a schema: nothing checks what is in the images. */
export function dynamodbChange<N = number | bigint>(
  options?: ImageOptions<N> & { readonly schema?: undefined },
): InferredFirst<N, Decode<KinesisStreamRecord, DynamoDBChange<AttributeItem<N>>>>;
export function dynamodbChange(
  options: CheckedImageOptions = {},
): Decode<KinesisStreamRecord, DynamoDBChange<unknown>> {
  const reader = imageReader('dynamodbChange()', options, (found) => {
    return undecodable(`an image holds what is no DynamoDB attribute value: ${found}`);
  });
  return (record) => {
    const data = dataOf(record, 'dynamodbChange()');
    const change = parsed(Buffer.from(data, 'base64'), 'dynamodbChange()', data);
    if (!isChange(change)) throw undecodable('the data is no change that DynamoDB has written');
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

/** A change as it stands in a Kinesis record's data. */
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
  throw undecodable('the change has a time that is neither in milliseconds nor in microseconds');
}

function undecodable(problem: string): UndamError {
  return new UndamError('undecodable', problem);
}
