import { describe, expect, test } from '@jest/globals';
import { OutageError } from '../../src/base/errors.ts';
import { drain } from '../kit/mapping.ts';
import { badAre, letters, SplitFunction } from '../kit/split-function.ts';
import { kinesisRecord, numberOf } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('an outage', () => {
  test('that is declared holds each record of the call, and is no attempt', async () => {
    const fn = new SplitFunction(() => {
      throw new OutageError('down');
    });
    for (let delivery = 0; delivery < 5; delivery++)
      expect(reportedIn(await fn.deliver(...letters(4)))).toEqual(letters(4));
    expect(fn.calls).toHaveLength(5);
    expect(fn.charged).toEqual([]);
    expect(fn.outcomes).toMatchObject({ held: 4 });
  });

  test('that a later call declares holds the records that threw alone before it, too', async () => {
    const fn = new SplitFunction((numbers) => {
      if (numbers.length < 8 && numbers.includes('c')) throw new OutageError('down');
      throw new Error('connect ECONNREFUSED');
    });
    const lanes = ['a1', 'a2', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(reportedIn(await fn.deliver(...lanes))).toEqual(lanes);
    expect(fn.takeCalls()).toEqual([lanes.join(' '), 'a1 a2 c d']);
    expect(fn.charged).toEqual([]);
    const later = new SplitFunction((numbers) => {
      if (numbers[0] === 'c') throw new OutageError('down');
      throw new Error('connect ECONNREFUSED');
    });
    expect(reportedIn(await later.deliver(...lanes))).toEqual(lanes);
    expect(later.takeCalls().at(-1)).toBe('c d');
    expect(later.charged).toEqual([]);
    expect(later.outcomes).toMatchObject({ held: 8 });
  });

  test('that is not declared is held if both halves of a call throw and nothing has succeeded', async () => {
    let isDown = true;
    const fn = new SplitFunction(() => {
      if (isDown) throw new Error('connect ECONNREFUSED');
    });
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(fn.takeCalls()).toEqual(['a b c d e f g h', 'a b c d', 'a b', 'a', 'b']);
    expect(fn.charged).toEqual([]);
    expect(fn.outcomes).toMatchObject({ held: 8 });
    isDown = false;
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
    expect(fn.takeCalls()).toEqual(['a b c d', 'e f g h']);
  });

  test.each([1, 2, 3, 8])('never dams the shard: each of %d records that are all bad is passed', async (count) => {
    const fn = new SplitFunction(badAre(...letters(count)));
    const records = letters(count).map((letter) => kinesisRecord(letter));
    await drain(fn.lambda, fn.chain, records, numberOf);
    expect(fn.sink.numbers.sort()).toEqual(letters(count));
    for (const { attempts } of fn.sink.stored) expect(attempts.failed).toBe(2);
  });

  test('is refuted by the next delivery: two bad records at the head are held only once', async () => {
    const fn = new SplitFunction(badAre('a', 'b'));
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(['a', 'b']);
    expect(fn.charged).toEqual(['a', 'b']);
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
  });
});
