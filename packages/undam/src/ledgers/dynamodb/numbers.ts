import { JSON } from '../../base/intrinsics.ts';
/** As Kinesis and DynamoDB Streams write sequence numbers: the form that a whole number gives back exactly. */
export const wholeNumber: RegExp = /^(0|[1-9]\d*)$/;

const [rising, listed] = [0, 1] as const;

/**
 * Sequence numbers in few bytes, in their order, each exactly. Rising whole numbers become the differences of neighbours,
 * all first bytes of these together, then all second ones and so on: a Kinesis number has 56 digits, of which a counter
 * and a clock move, so that most of these columns are zeros, which deflate to nothing.
 */
export function encodeNumbers(numbers: readonly string[]): Uint8Array {
  const differences = differencesOf(numbers);
  return differences === undefined
    ? Buffer.concat([Uint8Array.of(listed), Buffer.from(JSON.stringify(numbers))])
    : columnsOf(differences);
}

/** @throws for bytes that are not of {@link encodeNumbers} */
export function decodeNumbers(bytes: Uint8Array): string[] {
  const [form, width] = bytes;
  if (form === listed) return JSON.parse(Buffer.from(bytes.subarray(1)).toString()) as string[];
  if (form !== rising || !width || (bytes.length - 2) % width !== 0) throw new Error('unknown form');
  const count = (bytes.length - 2) / width;
  const rows = Buffer.alloc(width * count);
  for (let at = 0; at < count; at++)
    for (let column = 0; column < width; column++) rows[at * width + column] = bytes[2 + column * count + at]!;
  const digits = rows.toString('hex');
  const numbers: string[] = [];
  let number = 0n;
  for (let at = 0; at < digits.length; at += 2 * width) {
    number += BigInt(`0x${digits.slice(at, at + 2 * width)}`);
    numbers.push(String(number));
  }
  return numbers;
}

/** The first number, then what each adds to the one before; `undefined` where that would not give them back. */
function differencesOf(numbers: readonly string[]): bigint[] | undefined {
  const differences: bigint[] = [];
  let before = 0n;
  for (const text of numbers) {
    if (!wholeNumber.test(text)) return undefined;
    const number = BigInt(text);
    if (number < before) return undefined;
    differences.push(number - before);
    before = number;
  }
  return differences;
}

function columnsOf(differences: readonly bigint[]): Uint8Array {
  const texts = differences.map((difference) => difference.toString(16));
  const digits = texts.reduce((most, { length }) => Math.max(most, length), 1);
  const width = Math.ceil(digits / 2);
  if (width > 255) throw new Error('a sequence number of more than 600 digits');
  const count = texts.length;
  const rows = Buffer.from(texts.map((text) => text.padStart(2 * width, '0')).join(''), 'hex');
  const bytes = new Uint8Array(2 + rows.length);
  bytes.set([rising, width]);
  for (let at = 0; at < count; at++)
    for (let column = 0; column < width; column++) bytes[2 + column * count + at] = rows[at * width + column]!;
  return bytes;
}
