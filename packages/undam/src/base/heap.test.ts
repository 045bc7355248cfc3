import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Heap } from './heap.ts';

/** A number is pushed, `take` takes. */
const steps = fc.array(fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant('take' as const)), { maxLength: 60 });

test('over any pushes and takes, the first of the order comes first', () => {
  fc.assert(
    fc.property(steps, (script) => {
      const heap = new Heap<number>((a, b) => a < b);
      const model: number[] = [];
      for (const step of script) {
        if (step === 'take') {
          expect(heap.take()).toBe(model.shift());
        } else {
          heap.push(step);
          model.push(step);
          model.sort((a, b) => a - b);
        }
        expect(heap.first).toBe(model[0]);
      }
      for (const item of model) expect(heap.take()).toBe(item);
      expect(heap.take()).toBeUndefined();
    }),
  );
});

test('items that are equal in order are all kept', () => {
  const heap = new Heap<{ at: number; name: string }>((a, b) => a.at < b.at);
  for (const name of ['a', 'b', 'c']) heap.push({ at: 1, name });
  const taken = [heap.take(), heap.take(), heap.take()].map((item) => item?.name);
  expect(taken.sort()).toEqual(['a', 'b', 'c']);
});
