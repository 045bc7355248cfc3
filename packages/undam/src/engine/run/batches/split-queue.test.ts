import { describe, expect, test } from '@jest/globals';
import { SplitQueue } from './split-queue.ts';

const none: ReadonlySet<number> = new Set();

function begun(lanes: string, cuts = 0): SplitQueue {
  const queue = new SplitQueue([...lanes]);
  queue.begin([...Array(lanes.length).keys()], cuts);
  return queue;
}

function all(queue: SplitQueue, suspects: ReadonlySet<number> = none): (readonly number[])[] {
  const taken: (readonly number[])[] = [];
  for (let chunk = queue.next(suspects); chunk.length > 0; chunk = queue.next(suspects)) taken.push(chunk);
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
    const queue = begun('abcd');
    queue.next(none);
    queue.push([2, 3], [0, 1]);
    expect(all(queue)).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test('end before a suspect, which has its own', () => {
    expect(all(begun('abcdef'), new Set([2, 3]))).toEqual([[0, 1], [2], [3], [4, 5]]);
  });

  test('leave out only records behind a blocked one in its lane', () => {
    const queue = begun('aabab');
    queue.block(0);
    expect(all(queue)).toEqual([[2, 4]]);
    expect(queue.left()).toEqual([]);
  });

  test('keep records set aside until they are taken', () => {
    const queue = begun('abab');
    queue.setAsideBehind(0);
    expect(queue.next(none)).toEqual([1, 3]);
    queue.push([1, 3]);
    expect(queue.left()).toEqual([0, 2, 1, 3]);
    expect(queue.takeSetAside()).toEqual([0, 2]);
    expect(queue.takeSetAside()).toEqual([]);
    queue.push([0, 2]);
    expect(all(queue)).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test('let a record without a lane wait for no other', () => {
    const queue = new SplitQueue([undefined, undefined]);
    queue.begin([0, 1], 0);
    queue.block(0);
    queue.setAsideBehind(0);
    expect(all(queue)).toEqual([[0, 1]]);
  });
});
