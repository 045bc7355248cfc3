import { kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import { aFunction, checkOptions } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import type { DynamoDBRecord, DynamoDBStreamRecord } from '../streams/dynamodb.ts';
import type { AttributeItem } from './attribute-values.ts';
import type { Decode } from './decoder.ts';
import type { InferredFirst } from './inferred-first.ts';
import {
  type CheckedImageOptions,
  type ImageOptions,
  ImageReader,
  type ItemImages,
  imageReader,
} from './item-images.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';

/**
 * Decodes a DynamoDB Streams record into its keys and images as plain values: text, numbers, booleans, `null`, lists, maps,
 * `Set`s and `Uint8Array`s. With a `schema`, each image that is there has to match it, the old one too; otherwise the record
 * is quarantined at once with reason `undecodable`.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `event-changed` for what are no attribute values
 */
export function images<S extends StandardSchema, N = number | bigint>(
  options: ImageOptions<N> & { readonly schema: S },
): InferredFirst<S, Decode<DynamoDBRecord, ItemImages<SchemaOutput<S>, AttributeItem<N>>>>;
/** Without a schema: nothing checks what is in the images. */
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
 * Decodes a DynamoDB Streams record into its item as it is now. A `REMOVE` has no new image: `schema(Item, newImage())`
 * quarantines it, so let the mapping's filter keep it away, or make the schema optional.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `event-changed` for what are no attribute values
 */
export function newImage<N = number | bigint>(
  options?: ImageOptions<N>,
): InferredFirst<N, Decode<DynamoDBRecord, AttributeItem<N> | undefined>>;
export function newImage(
  options: ImageOptions<unknown> = {},
): Decode<DynamoDBRecord, AttributeItem<unknown> | undefined> {
  return image('newImage()', 'NewImage', options);
}

/** The same with the item as it was before: an `INSERT` has none. */
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

/** Another kind of record has no images either: it must not be taken for a change without any. */
function changeIn(record: DynamoDBRecord, decoder: string): DynamoDBStreamRecord {
  const { dynamodb, kinesis }: { dynamodb?: unknown; kinesis?: unknown } = record;
  if (isObject(dynamodb)) return dynamodb;
  const found =
    kinesis === undefined
      ? `a record with ${kindOf(dynamodb)} as dynamodb`
      : 'a Kinesis record: dynamodbChange() decodes a change that DynamoDB has written to a Kinesis stream';
  throw new UndamError('bad-record', `${decoder} decodes a DynamoDB Streams record, got ${found}`);
}

function noAttributeValue(found: string): UndamError {
  return new UndamError(
    'event-changed',
    `an image holds what is no DynamoDB attribute value: ${found}. Where another middleware has unmarshalled it already, leave one of the two out`,
  );
}
