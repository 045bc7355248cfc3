import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupWaves, packBatches } from './pack-calls.ts';

const MIB = 1_048_576;

describe('packBatches', () => {
  test('keeps every message in order, within 10 entries and 1 MiB, and starts a batch only when it has to', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: MIB })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const messages = bytes.map((each) => ({ bytes: each }));
        const batches = packBatches(messages);
        expect(batches.flat()).toStrictEqual(messages);
        for (const [at, batch] of batches.entries()) {
          expect(batch.length).toBeLessThanOrEqual(10);
          expect(sum(batch)).toBeLessThanOrEqual(MIB);
          const next = batches[at + 1]?.[0];
          if (next) expect(batch.length === 10 || sum(batch) + next.bytes > MIB).toBe(true);
        }
      }),
    );
  });

  test('exactly 1 MiB is one batch and one byte more is two', () => {
    expect(packBatches([{ bytes: MIB - 5 }, { bytes: 5 }])).toHaveLength(1);
    expect(packBatches([{ bytes: MIB - 5 }, { bytes: 6 }])).toHaveLength(2);
  });

  test('25 small messages are 3 batches', () => {
    const batches = packBatches(Array.from({ length: 25 }, () => ({ bytes: 1_000 })));
    expect(batches.map(({ length }) => length)).toEqual([10, 10, 5]);
  });
});

describe('groupWaves', () => {
  test('no wave holds two of a group, and each group keeps its order over as few waves as possible', () => {
    const groups = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });
    fc.assert(
      fc.property(groups, (names) => {
        const items = names.map((group, at) => ({ group, at }));
        const waves = groupWaves(items);
        for (const wave of waves) expect(new Set(wave.map(({ group }) => group)).size).toBe(wave.length);
        for (const name of names) {
          expect(waves.flat().filter(({ group }) => group === name)).toStrictEqual(
            items.filter(({ group }) => group === name),
          );
        }
        expect(waves).toHaveLength(Math.max(0, ...names.map((name) => names.filter((each) => each === name).length)));
      }),
    );
  });
});

function sum(messages: readonly { readonly bytes: number }[]): number {
  return messages.reduce((total, { bytes }) => total + bytes, 0);
}
