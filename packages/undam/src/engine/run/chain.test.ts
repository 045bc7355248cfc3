import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Chain, chain } from './chain.ts';

/** The same, by comparing every pair. */
function naive(keys: readonly (string | undefined)[]): Chain {
  const equals = (index: number) => keys.flatMap((key, at) => (key !== undefined && key === keys[index] ? [at] : []));
  return {
    isFirst: keys.map((_, index) => !equals(index).some((at) => at < index)),
    next: keys.map((_, index) => equals(index).find((at) => at > index) ?? -1),
  };
}

const few = fc.constantFrom('a', 'b', 'c', '');
const keys = fc.array(fc.option(fc.oneof(few, fc.string({ unit: 'binary' })), { nil: undefined }), { maxLength: 60 });

describe('a chain', () => {
  test('links each key to the next equal one', () => {
    fc.assert(fc.property(keys, (list) => expect(chain(list)).toEqual(naive(list))));
  });

  test.each([0, 1, 63, 64, 1_000])('of %i keys, each three times', (count) => {
    const list = Array.from({ length: count }, (_, index) => `customer-${index % Math.ceil(count / 3)}`);
    expect(chain(list)).toEqual(naive(list));
  });

  test('is the same for keys that end alike, as if crafted to collide', () => {
    const list = Array.from({ length: 500 }, (_, index) => `customer-${index % 170}/orders/2026`);
    expect(chain(list)).toEqual(naive(list));
  });

  test('links identical values that are no strings, as in a hand-made event', () => {
    const lists: unknown[] = [];
    const list: unknown[] = [['a'], 1, '1', true, 1, lists, {}, { length: 2 }, lists, 2, true, Symbol.iterator];
    expect(chain(list as string[])).toEqual(naive(list as string[]));
  });

  test('of 10,000 such unequal keys reads each key only a few times', () => {
    let looks = 0;
    const alike = Array.from({ length: 10_000 }, (_, index) => `customer-${index}/orders/2026`);
    const counted = new Proxy(alike, {
      get(target, name) {
        looks++;
        return Reflect.get(target, name);
      },
    });
    expect(chain(counted).isFirst.every(Boolean)).toBe(true);
    expect(looks / alike.length).toBeLessThan(12);
  });
});
