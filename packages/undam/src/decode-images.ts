import { type AttributeItem, type AttributeNumbers, exactNumber, unmarshalled } from './attribute-values.ts';
import { demandSchema, validated } from './decode-schema.ts';
import type { AttributeValue, DynamoDBRecord } from './dynamodb.ts';
import type { Decode } from './each-record.ts';
import type { InferredFirst } from './inferred-first.ts';
import { Promise } from './intrinsics.ts';
import { aFunction, checkOptions } from './options.ts';
import type { SchemaOutput, StandardSchema } from './standard-schema.ts';
import { isThenable } from './thenable.ts';

export interface ImageOptions<N = number | bigint> {
  /**
   * What becomes of a number, which DynamoDB sends as up to 38 decimal digits: `String` keeps them, `(digits) => new
   * Decimal(digits)` hands them to a library.
   *
   * @default a `number`, or a `bigint` for a whole number beyond 2^53 - 1; a fraction is rounded as `Number()` does. What is
   * large and no whole number either is `undecodable`
   */
  readonly numbers?: AttributeNumbers<N>;
}

/** One change of an item, with its images as plain values. */
export interface ItemImages<T, K = T> {
  eventName: DynamoDBRecord['eventName'];
  /** The key attributes of the item. */
  keys: K;
  /** The item as it is now: absent for a `REMOVE`, and where the stream's view type leaves it out. */
  newImage: T | undefined;
  /** The item as it was before: absent for an `INSERT`, and where the stream's view type leaves it out. */
  oldImage: T | undefined;
}

/**
 * Decodes a DynamoDB Streams record into its keys and images as plain values: text, numbers, booleans, `null`, lists, maps,
 * `Set`s and `Uint8Array`s. With a `schema`, each image that is there has to match it, the old one too; otherwise the record
 * is quarantined at once with reason `undecodable`.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `bad-record` for what are no attribute values
 */
export function images<S extends StandardSchema, N = number | bigint>(
  options: ImageOptions<N> & { readonly schema: S },
): InferredFirst<S, Decode<DynamoDBRecord, ItemImages<SchemaOutput<S>, AttributeItem<N>>>>;
/** Without a schema: nothing checks what is in the images. */
export function images<N = number | bigint>(
  options?: ImageOptions<N> & { readonly schema?: undefined },
): InferredFirst<N, Decode<DynamoDBRecord, ItemImages<AttributeItem<N>>>>;
export function images(
  options: ImageOptions<unknown> & { readonly schema?: StandardSchema | undefined } = {},
): Decode<DynamoDBRecord, ItemImages<unknown>> {
  checkOptions('images()', options, { numbers: aFunction, schema: anything });
  const { numbers = exactNumber, schema } = options;
  if (schema !== undefined) demandSchema('images()', schema);
  const plain = (image: Image): unknown => image && unmarshalled(image, numbers);
  const checked = (item: unknown, at: string): unknown =>
    item === undefined || schema === undefined ? item : validated(schema, item, at);
  return ({ eventName, dynamodb }) => {
    const keys = unmarshalled(dynamodb?.Keys ?? {}, numbers);
    const [after, before] = [plain(dynamodb?.NewImage), plain(dynamodb?.OldImage)];
    const newImage = checked(after, 'newImage');
    // One after the other: were both under way, a rejection of the one that nobody waits for would end the process.
    if (isThenable(newImage)) {
      return Promise.resolve(newImage).then(async (later) => {
        return { eventName, keys, newImage: later, oldImage: await checked(before, 'oldImage') };
      });
    }
    const oldImage = checked(before, 'oldImage');
    if (!isThenable(oldImage)) return { eventName, keys, newImage, oldImage };
    return Promise.resolve(oldImage).then((later) => ({ eventName, keys, newImage, oldImage: later }));
  };
}

/**
 * Decodes a DynamoDB Streams record into its item as it is now. A `REMOVE` has no new image: `schema(Item, newImage())`
 * quarantines it, so let the mapping's filter keep it away, or make the schema optional.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `bad-record` for what are no attribute values
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

type Image = { readonly [name: string]: AttributeValue } | undefined;

const anything = { expected: 'a Standard Schema', accepts: () => true };

function image(
  owner: string,
  name: 'NewImage' | 'OldImage',
  options: ImageOptions<unknown>,
): Decode<DynamoDBRecord, AttributeItem<unknown> | undefined> {
  checkOptions(owner, options, { numbers: aFunction });
  const { numbers = exactNumber } = options;
  return ({ dynamodb }) => dynamodb?.[name] && unmarshalled(dynamodb[name], numbers);
}
