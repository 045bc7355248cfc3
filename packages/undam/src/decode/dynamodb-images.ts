import { kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { aFunction, checkOptions } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import type { DynamoDBRecord, DynamoDBStreamRecord } from '../streams/dynamodb-types.ts';
import type { Decode } from './decoder.ts';
import {
  type CheckedImageOptions,
  type ImageOptions,
  ImageReader,
  type ItemImages,
  imageReader,
} from './dynamodb-image-reader.ts';
import type { InferredFirst } from './inferred-first.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import type { AttributeItem } from './unmarshall.ts';

/**
 * Decodes the keys and images of a DynamoDB Streams record to plain values: text, numbers, booleans, `null`, lists, maps, `Set`s
 * and `Uint8Array`s. With a `schema`, every image present must match it, the old one too; otherwise Undam quarantines the record
 * at once, with reason `undecodable`.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, or `event-changed` for invalid attribute
 *   values
 */
export function images<S extends StandardSchema, N = number | bigint>(
  options: ImageOptions<N> & { readonly schema: S },
): InferredFirst<S, Decode<DynamoDBRecord, ItemImages<SchemaOutput<S>, AttributeItem<N>>>>;
/** Without a schema: the images' content is not checked. */
export function images<N = number | bigint>(
  options?: ImageOptions<N> & { readonly schema?: undefined },
): InferredFirst<N, Decode<DynamoDBRecord, ItemImages<AttributeItem<N>>>>;
export function images(options: CheckedImageOptions = {}): Decode<DynamoDBRecord, ItemImages<unknown>> {
  const reader = imageReader('images()', options, noAttributeValue);
  return (record) => {
    const { eventName } = record;
    const images = reader.images(changeIn(record, 'images()'));
    return isThenable(images) ? images.then((later) => ({ eventName, ...later })) : { eventName, ...images };
  };
}

/**
 * Decodes the new image of a DynamoDB Streams record. A `REMOVE` has none, and `schema(Item, newImage())` quarantines it: filter
 * it out in the mapping, or make the schema optional.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, or `event-changed` for invalid attribute
 *   values
 */
export function newImage<N = number | bigint>(
  options?: ImageOptions<N>,
): InferredFirst<N, Decode<DynamoDBRecord, AttributeItem<N> | undefined>>;
export function newImage(
  options: ImageOptions<unknown> = {},
): Decode<DynamoDBRecord, AttributeItem<unknown> | undefined> {
  return image('newImage()', 'NewImage', options);
}

/** Decodes the old image of a DynamoDB Streams record; an `INSERT` has none. Errors as for {@link newImage}. */
export function oldImage<N = number | bigint>(
  options?: ImageOptions<N>,
): InferredFirst<N, Decode<DynamoDBRecord, AttributeItem<N> | undefined>>;
export function oldImage(
  options: ImageOptions<unknown> = {},
): Decode<DynamoDBRecord, AttributeItem<unknown> | undefined> {
  return image('oldImage()', 'OldImage', options);
}

function image(
  owner: string,
  name: 'NewImage' | 'OldImage',
  options: ImageOptions<unknown>,
): Decode<DynamoDBRecord, AttributeItem<unknown> | undefined> {
  checkOptions(owner, options, { numbers: aFunction });
  const reader = new ImageReader(options, noAttributeValue);
  return (record) => reader.image(changeIn(record, owner)[name]);
}

/** A record of another kind has no images either, and must not pass for a change without any. */
function changeIn(record: DynamoDBRecord, decoder: string): DynamoDBStreamRecord {
  const { dynamodb, kinesis }: { dynamodb?: unknown; kinesis?: unknown } = record;
  if (isObject(dynamodb)) return dynamodb;
  const found =
    kinesis === undefined
      ? `a record with ${kindOf(dynamodb)} as dynamodb`
      : 'a Kinesis record: dynamodbChange() decodes a change that DynamoDB has written to a Kinesis stream';
  throw new UndamError('bad-record', `${decoder}: expected a DynamoDB Streams record, got ${found}`);
}

function noAttributeValue(found: string): UndamError {
  return new UndamError(
    'event-changed',
    `expected a DynamoDB attribute value in an image, got ${found}. If another middleware has unmarshalled it already, remove one of the two`,
  );
}
