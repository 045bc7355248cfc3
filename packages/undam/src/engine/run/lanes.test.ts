import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Lanes, laneNames, type Order } from './lanes.ts';

/** The same rules, checked record by record. */
class NaiveLanes {
  readonly #state: ('waiting' | 'taken' | 'resolved')[];
  readonly #laneOf: (index: number) => unknown;

  constructor(count: number, order: Order, keyOf: (index: number) => string | undefined) {
    this.#state = Array<'waiting'>(count).fill('waiting');
    this.#laneOf = (index) => (order === 'shard' ? 'all' : ((order === 'key' ? keyOf(index) : undefined) ?? index));
  }

  take(): number {
    const index = this.#state.findIndex((state, at) => state === 'waiting' && this.#mayStart(at));
    if (index >= 0) this.#state[index] = 'taken';
    return index;
  }

  resolve(index: number): void {
    this.#state[index] = 'resolved';
  }

  again(index: number): void {
    this.#state[index] = 'waiting';
  }

  #mayStart(index: number): boolean {
    const earlier = this.#state.slice(0, index);
    return earlier.every((state, at) => state === 'resolved' || this.#laneOf(at) !== this.#laneOf(index));
  }
}

const keys = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', ''), { nil: undefined }), { maxLength: 12 });
/** The number of records taken, and then the fate of the taken record at this position. */
const turns = fc.array(
  fc.record({
    takes: fc.integer({ min: 0, max: 4 }),
    position: fc.nat(),
    becomes: fc.constantFrom('resolve' as const, 'resolve' as const, 'again' as const),
  }),
  { maxLength: 40 },
);

describe('lanes', () => {
  test.each(['key', 'shard', 'none'] as const)(
    'by %s: the earliest record that may start is always taken first',
    (order) => {
      fc.assert(
        fc.property(keys, turns, (keyOf, script) => {
          const lanes = new Lanes(laneNames({ partitionKeys: keyOf, units: undefined }, order));
          const naive = new NaiveLanes(keyOf.length, order, (index) => keyOf[index]);
          const taken: number[] = [];
          for (const { takes, position, becomes } of script) {
            for (let n = 0; n < takes; n++) {
              const index = lanes.take();
              expect(index).toBe(naive.take());
              if (index >= 0) taken.push(index);
            }
            if (taken.length === 0) continue;
            const [index] = taken.splice(position % taken.length, 1) as [number];
            lanes[becomes](index);
            naive[becomes](index);
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  test('no records: nothing to take', () => {
    expect(new Lanes([]).take()).toBe(-1);
  });

  test('ten thousand records of one key and of as many keys are taken in order', () => {
    for (const keyOf of [() => 'a', String]) {
      const lanes = new Lanes(Array.from({ length: 10_000 }, (_, index) => keyOf(index)));
      for (let index = 0; index < 10_000; index++) {
        expect(lanes.take()).toBe(index);
        lanes.resolve(index);
      }
      expect(lanes.take()).toBe(-1);
    }
  });
});
