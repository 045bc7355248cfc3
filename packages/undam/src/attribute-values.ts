import { kindOf } from './describe.ts';
import type { AttributeValue } from './dynamodb.ts';
import { UndamError } from './errors.ts';
import { Set } from './intrinsics.ts';

/** What becomes of a number's decimal digits. */
export type AttributeNumbers<N> = (digits: string) => N;

/** A DynamoDB attribute value as a plain one. */
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

/** A DynamoDB item, or a map in one, as a plain object. */
export interface AttributeItem<N = number | bigint> {
  [name: string]: AttributePlain<N>;
}

/**
 * An item as plain values, as `unmarshall()` of `@aws-sdk/util-dynamodb` has them, but for binary: Lambda sends that in
 * base64, here it is bytes.
 *
 * @throws UndamError `bad-record` for what is no attribute value: not the record's fault, something has changed it
 */
export function unmarshalled<N>(
  item: { readonly [name: string]: AttributeValue },
  numbers: AttributeNumbers<N>,
): AttributeItem<N> {
  // An attribute may be called __proto__: assigning it would not make a property.
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value, numbers)]));
}

function plain<N>(value: AttributeValue, numbers: AttributeNumbers<N>): AttributePlain<N> {
  const [type, content] = only(value);
  switch (type) {
    case 'S':
    case 'BOOL':
      return content as string | boolean;
    case 'N':
      return numbers(content as string);
    case 'NULL':
      return null;
    case 'M':
      return unmarshalled(content as { [name: string]: AttributeValue }, numbers);
    case 'L':
      return (content as AttributeValue[]).map((each) => plain(each, numbers));
    case 'B':
      return bytes(content as string);
    case 'SS':
      return new Set(content as string[]);
    case 'NS':
      return new Set((content as string[]).map((digits) => numbers(digits)));
    case 'BS':
      return new Set((content as string[]).map(bytes));
    default:
      throw notOne(value);
  }
}

function only(value: unknown): readonly [string, unknown] {
  if (typeof value !== 'object' || value === null) throw notOne(value);
  const entries = Object.entries(value);
  if (entries.length !== 1) throw notOne(value);
  return entries[0]!;
}

function notOne(value: unknown): UndamError {
  return new UndamError(
    'bad-record',
    `an image holds what is no DynamoDB attribute value: ${kindOf(value)}. Does another middleware unmarshal it already?`,
  );
}

function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/**
 * A number that loses no whole digits: a `bigint` beyond 2^53 - 1.
 *
 * @throws UndamError `undecodable` for one beyond that with a fraction
 */
export function exactNumber(digits: string): number | bigint {
  const number = Number(digits);
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER) return number;
  const whole = wholeDigits(digits);
  if (whole !== undefined) return BigInt(whole);
  throw new UndamError(
    'undecodable',
    'an image has a number that neither a number nor a bigint holds: pass numbers, such as { numbers: String }',
  );
}

/** DynamoDB's numbers end at 10^126. */
const MOST_EXPONENT = 126;

/** The digits without exponent and point, if nothing but zeros stands behind the point. */
function wholeDigits(digits: string): string | undefined {
  const [, sign, before, behind = '', exponent = '0'] =
    /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]\+?(-?\d+))?$/.exec(digits) ?? [];
  if (before === undefined || Math.abs(Number(exponent)) > MOST_EXPONENT) return undefined;
  const point = before.length + Number(exponent);
  const all = (before + behind).padEnd(point, '0');
  return point > 0 && /^0*$/.test(all.slice(point)) ? `${sign === '-' ? '-' : ''}${all.slice(0, point)}` : undefined;
}
