import { createHash } from 'node:crypto';

/** One past the largest hash key. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_HashKeyRange.html */
export const hashKeys: bigint = 1n << 128n;

/** The keys from `start` to `end`, both included. */
export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** The whole key space in `count` ranges of nearly the same size. */
export function evenRanges(count: number): HashRange[] {
  const edges = Array.from({ length: count + 1 }, (_, index) => (hashKeys * BigInt(index)) / BigInt(count));
  return edges.slice(0, -1).map((start, index) => ({ start, end: edges[index + 1]! - 1n }));
}

/** Documented: a partition key belongs to the shard whose range holds its MD5. */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);
}

export function holds({ start, end }: HashRange, hashKey: bigint): boolean {
  return start <= hashKey && hashKey <= end;
}

export function halvesOf({ start, end }: HashRange): readonly [HashRange, HashRange] {
  const middle = (start + end) / 2n;
  return [
    { start, end: middle },
    { start: middle + 1n, end },
  ];
}

/** The two ranges as one; undefined if they are not adjacent. */
export function merged(a: HashRange, b: HashRange): HashRange | undefined {
  if (a.end + 1n === b.start) return { start: a.start, end: b.end };
  return b.end + 1n === a.start ? { start: b.start, end: a.end } : undefined;
}
