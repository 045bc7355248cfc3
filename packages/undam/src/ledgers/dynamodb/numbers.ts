import { JSON } from '../../base/intrinsics.ts';
/** The form of Kinesis' and DynamoDB Streams' sequence numbers: whole numbers that survive conversion unchanged. */
export const wholeNumber: RegExp = /^(0|[1-9]\d*)$/;

const [rising, listed] = [0, 1] as const;

/**
 * A compact, exact encoding of sequence numbers in their order. Rising whole numbers become differences, stored by column: all
 * first bytes, then all second bytes and so on. A Kinesis number has 56 digits, but only a counter and a clock in it move, so
 * most columns are zeros, which deflate to almost nothing.
 */
export function encodeNumbers(numbers: readonly string[]): Uint8Array {
  const differences = differencesOf(numbers);
  return differences === undefined
    ? Buffer.concat([Uint8Array.of(listed), Buffer.from(JSON.stringify(numbers))])
    : columnsOf(differences);
}

/** @throws for bytes that {@link encodeNumbers} did not write */
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

/** The first number, then the difference of each to its predecessor; `undefined` unless these restore the numbers exactly. */
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
  const digits = texts.reduce((max, { length }) => Math.max(max, length), 1);
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
