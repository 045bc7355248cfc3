import { describe, expect, test } from '@jest/globals';
import { fullJitter } from './backoff.ts';

const most = (): number => 1 - Number.EPSILON;

describe('fullJitter()', () => {
  test('doubles its longest wait from baseMs up to capMs', () => {
    const longest = [1, 2, 3, 4, 5, 6, 50, 2_000].map((failures) => {
      return Math.round(fullJitter({ baseMs: 100, capMs: 2_000 }, failures, most));
    });
    expect(longest).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
  });

  test('waits for anything from nothing on', () => {
    expect(fullJitter({ baseMs: 100, capMs: 2_000 }, 3, () => 0)).toBe(0);
    expect(fullJitter({ baseMs: 100, capMs: 2_000 }, 3, () => 0.5)).toBe(200);
    expect(fullJitter({ baseMs: 0, capMs: 0 }, 9, most)).toBe(0);
  });

  test('has 100 and 2,000 ms for its defaults', () => {
    expect([1, 9].map((failures) => Math.round(fullJitter({}, failures, most)))).toEqual([100, 2_000]);
  });
});
