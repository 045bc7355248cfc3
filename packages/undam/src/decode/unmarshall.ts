import { kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { Set } from '../base/intrinsics.ts';

/** Converts a number's decimal digits. */
export type AttributeNumbers<N> = (digits: string) => N;

/** The plain form of a DynamoDB attribute value. */
export type AttributePlain<N = number | bigint> =
  | string
  | N
  | boolean
  | null
  | Uint8Array
  | Set<string>
  | Set<N>
  | Set<Uint8Array>
  | AttributePlain<N>[]
  | AttributeItem<N>;

/** The plain form of a DynamoDB item, or of a map in one. */
export interface AttributeItem<N = number | bigint> {
  [name: string]: AttributePlain<N>;
}

/** Makes the error for an invalid attribute value. @param found the type of the value found */
export type NoAttributeValue = (found: string) => UndamError;

/**
 * A bound against deep recursion; DynamoDB's own limit is 32
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html).
 */
const maxLevels = 100;

/**
 * DynamoDB's numbers have 38 significant digits and end at 10^126
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html): written out, with
 * zeros, point and sign, they stay below this.
 */
const maxDigits = 200;

/** `Number()` accepts more than DynamoDB sends, such as an empty text or hexadecimal digits. */
const decimal = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Converts items to plain values, like `unmarshall()` of `@aws-sdk/util-dynamodb`, except that binary values, base64 in JSON,
 * become bytes. Checks every value: an object that merely resembles an item is an error.
 */
export class Unmarshaller<N> {
  readonly #numbers: AttributeNumbers<N>;
  readonly #noAttributeValue: NoAttributeValue;

  constructor(numbers: AttributeNumbers<N>, noAttributeValue: NoAttributeValue) {
    this.#numbers = numbers;
    this.#noAttributeValue = noAttributeValue;
  }

  /** @throws the error from `noAttributeValue`; UndamError `undecodable` for an invalid number */
  item(image: unknown, level = 0): AttributeItem<N> {
    if (!isMap(image) || level > maxLevels) throw this.#noAttributeValue(kindOf(image));
    // Assigning an attribute named `__proto__` would not create a property.
    return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, this.#plain(value, level + 1)]));
  }

  #plain(value: unknown, level: number): AttributePlain<N> {
    const entries = isMap(value) ? Object.entries(value) : [];
    const [type, content] = entries.length === 1 ? entries[0]! : [];
    switch (type) {
      case 'S':
        return this.#text(content);
      case 'BOOL':
        if (typeof content !== 'boolean') break;
        return content;
      case 'N':
        return this.#number(content);
      case 'NULL':
        if (content !== true) break;
        return null;
      case 'M':
        return this.item(content, level);
      case 'L':
        if (level > maxLevels) break;
        return this.#each(content, (each) => this.#plain(each, level + 1));
      case 'B':
        return this.#bytes(content);
      case 'SS':
        return new Set(this.#each(content, (each) => this.#text(each)));
      case 'NS':
        return new Set(this.#each(content, (each) => this.#number(each)));
      case 'BS':
        return new Set(this.#each(content, (each) => this.#bytes(each)));
    }
    throw this.#noAttributeValue(kindOf(value));
  }

  #each<T>(content: unknown, plain: (each: unknown) => T): T[] {
    if (!Array.isArray(content)) throw this.#noAttributeValue(kindOf(content));
    return content.map((each) => plain(each));
  }

  #text(content: unknown): string {
    if (typeof content === 'string') return content;
    throw this.#noAttributeValue(kindOf(content));
  }

  #number(content: unknown): N {
    const digits = this.#text(content);
    if (digits.length <= maxDigits && decimal.test(digits)) return this.#numbers(digits);
    throw new UndamError(
      'undecodable',
      'expected a DynamoDB number in an image, got text without decimal digits, or with too many',
    );
  }

  #bytes(content: unknown): Uint8Array {
    const text = this.#text(content);
    const bytes = Buffer.from(text, 'base64');
    // `Buffer` skips invalid characters and would return other bytes.
    if (bytes.toString('base64') !== text) throw this.#noAttributeValue('a string that is not base64');
    return new Uint8Array(bytes);
  }
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The default number conversion; keeps every digit of a whole number: beyond 2^53 - 1 it becomes a `bigint`.
 *
 * @throws UndamError `undecodable` for a number beyond that with a fraction
 */
export function exactNumber(digits: string): number | bigint {
  const number = Number(digits);
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
  const whole = wholeDigits(digits);
  if (whole !== undefined) return BigInt(whole);
  throw new UndamError(
    'undecodable',
    'an image has a number that neither a number nor a bigint can hold: pass the option numbers, such as { numbers: String }',
  );
}

/** Of DynamoDB's numbers. */
const maxExponent = 126;

/** The digits of a whole number without exponent and point; `undefined` for a number with a fraction. */
function wholeDigits(digits: string): string | undefined {
  const [, sign, before, behind = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/.exec(digits) ?? [];
  if (before === undefined || Math.abs(Number(exponent)) > maxExponent) return undefined;
  const point = before.length + Number(exponent);
  const all = (before + behind).padEnd(point, '0');
  return point > 0 && /^0*$/.test(all.slice(point)) ? `${sign === '-' ? '-' : ''}${all.slice(0, point)}` : undefined;
}
