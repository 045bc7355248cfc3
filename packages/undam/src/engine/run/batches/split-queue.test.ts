import { describe, expect, test } from '@jest/globals';
import { SplitQueue } from './split-queue.ts';

const none: ReadonlySet<number> = new Set();

function begun(lanes: string, cuts = 0): SplitQueue {
  const parts = new SplitQueue([...lanes]);
  parts.begin([...Array(lanes.length).keys()], cuts);
  return parts;
}

function all(parts: SplitQueue, suspects: ReadonlySet<number> = none): (readonly number[])[] {
  const taken: (readonly number[])[] = [];
  for (let part = parts.next(suspects); part.length > 0; part = parts.next(suspects)) taken.push(part);
  return taken;
}

describe('the chunks of a batch', () => {
  test.each([
    [0, [[0, 1, 2, 3, 4, 5, 6]]],
    [
      1,
      [
        [0, 1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [2, [[0, 1], [2, 3, 4, 5], [6]]],
    [3, [[0], [1, 2], [3, 4, 5, 6]]],
    [9, [[0], [1, 2], [3, 4, 5, 6]]],
  ])('after %i cuts', (cuts, expected) => {
    expect(all(begun('abcdefg', cuts))).toEqual(expected);
  });

  test('come last in, first out', () => {
    const parts = begun('abcd');
    parts.next(none);
    parts.push([2, 3], [0, 1]);
    expect(all(parts)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('end before a suspect, which has its own', () => {
    expect(all(begun('abcdef'), new Set([2, 3]))).toEqual([[0, 1], [2], [3], [4, 5]]);
  });

  test('leave out only records behind a blocked one in its lane', () => {
    const parts = begun('aabab');
    parts.block(0);
    expect(all(parts)).toEqual([[2, 4]]);
    expect(parts.left()).toEqual([]);
  });

  test('keep records set aside until they are taken', () => {
    const parts = begun('abab');
    parts.setAsideBehind(0);
    expect(parts.next(none)).toEqual([1, 3]);
    parts.push([1, 3]);
    expect(parts.left()).toEqual([0, 2, 1, 3]);
    expect(parts.takeSetAside()).toEqual([0, 2]);
    expect(parts.takeSetAside()).toEqual([]);
    parts.push([0, 2]);
    expect(all(parts)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test('let a record without a lane wait for no other', () => {
    const parts = new SplitQueue([undefined, undefined]);
    parts.begin([0, 1], 0);
    parts.block(0);
    parts.setAsideBehind(0);
    expect(all(parts)).toEqual([[0, 1]]);
  });
});
