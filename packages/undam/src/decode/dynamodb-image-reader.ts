import { Promise } from '../base/intrinsics.ts';
import { aFunction, checkOptions } from '../base/options.ts';
import { isThenable } from '../base/thenable.ts';
import { demandSchema, validated } from './schema.ts';
import type { StandardSchema } from './standard-schema.ts';
import {
  type AttributeItem,
  type AttributeNumbers,
  exactNumber,
  type NoAttributeValue,
  Unmarshaller,
} from './unmarshall.ts';

/** Options of the decoders of DynamoDB images. */
export interface ImageOptions<N = number | bigint> {
  /**
   * Converts numbers, which DynamoDB sends as up to 38 decimal digits: `String` keeps the digits, `(digits) => new
   * Decimal(digits)` passes them to a library.
   *
   * @default a `number`, or a `bigint` for a whole number beyond 2^53 - 1. Fractions are rounded as `Number()` does; a fraction
   *   beyond 2^53 - 1 is `undecodable`
   */
  readonly numbers?: AttributeNumbers<N>;
}

/** The same options, with a schema for the images. */
export interface CheckedImageOptions extends ImageOptions<unknown> {
  /** The schema that every image must match. @default none */
  readonly schema?: StandardSchema | undefined;
}

/** One change of an item, with plain keys and images. */
export interface ItemImages<T, K = T> {
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined;
  /** The key attributes of the item. */
  keys: K;
  /** The item after the change: absent for a `REMOVE`, and if the stream's view type leaves it out. */
  newImage: T | undefined;
  /** The item before the change: absent for an `INSERT`, and if the stream's view type leaves it out. */
  oldImage: T | undefined;
}

/** Keys and images in DynamoDB's form; `null` counts as absent. */
export interface MarshalledImages {
  readonly Keys?: unknown;
  readonly NewImage?: unknown;
  readonly OldImage?: unknown;
}

type PlainImages = Omit<ItemImages<unknown>, 'eventName'>;

/** The image reader of a decoder with a schema option. @throws UndamError `bad-option` */
export function imageReader(
  owner: string,
  options: CheckedImageOptions,
  noAttributeValue: NoAttributeValue,
): ImageReader {
  checkOptions(owner, options, { numbers: aFunction, schema: anything });
  if (options.schema !== undefined) demandSchema(owner, options.schema);
  return new ImageReader(options, noAttributeValue);
}

const anything = { expected: 'a Standard Schema', accepts: () => true };

/** Converts keys and images to plain values and validates the images. */
export class ImageReader {
  readonly #unmarshaller: Unmarshaller<unknown>;
  readonly #schema: StandardSchema | undefined;
  readonly #noAttributeValue: NoAttributeValue;

  constructor({ numbers = exactNumber, schema }: CheckedImageOptions, noAttributeValue: NoAttributeValue) {
    this.#noAttributeValue = noAttributeValue;
    this.#unmarshaller = new Unmarshaller(numbers, noAttributeValue);
    this.#schema = schema;
  }

  /** Converts one image, without validation. */
  image(image: unknown): AttributeItem<unknown> | undefined {
    return image === undefined || image === null ? undefined : this.#unmarshaller.item(image);
  }

  /** Converts and validates; a promise only if the schema is asynchronous. */
  images({ Keys, NewImage, OldImage }: MarshalledImages): PlainImages | Promise<PlainImages> {
    const keys = this.#unmarshaller.item(Keys);
    if (Object.keys(keys).length === 0) throw this.#noAttributeValue('keys without an attribute');
    const [after, before] = [this.image(NewImage), this.image(OldImage)];
    const newImage = this.#checked(after, 'newImage');
    // Sequential: with both validations pending, an unawaited rejection would end the process.
    if (isThenable(newImage)) {
      return Promise.resolve(newImage).then(async (later) => {
        return { keys, newImage: later, oldImage: await this.#checked(before, 'oldImage') };
      });
    }
    const oldImage = this.#checked(before, 'oldImage');
    if (!isThenable(oldImage)) return { keys, newImage, oldImage };
    return Promise.resolve(oldImage).then((later) => ({ keys, newImage, oldImage: later }));
  }

  #checked(item: unknown, at: string): unknown {
    return item === undefined || this.#schema === undefined ? item : validated(this.#schema, item, at);
  }
}
