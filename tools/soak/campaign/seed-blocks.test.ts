import { describe, expect, test } from '@jest/globals';
import { resumption, type SeedRange } from './seed-blocks.ts';

const range = (from: number, seeds: number): SeedRange => ({ from, seeds });

describe('resumption', () => {
  test('has every seed missing, in blocks, where nothing is finished', () => {
    expect(resumption(range(1, 600), [])).toEqual({
      kept: [],
      missing: [range(1, 250), range(251, 250), range(501, 100)],
    });
  });

  test('goes round the blocks that are finished, whatever order they were finished in', () => {
    const finished = [range(501, 250), range(1, 250)];
    const { kept, missing } = resumption(range(1, 1_000), finished);
    expect(kept).toEqual([range(1, 250), range(501, 250)]);
    expect(missing).toEqual([range(251, 250), range(751, 250)]);
  });

  test('counts no seed twice, and none that was not asked for', () => {
    const finished = [range(1, 100), range(1, 250), range(201, 250), range(451, 250)];
    const { kept, missing } = resumption(range(1, 500), finished);
    expect(kept).toEqual([range(1, 250)]);
    expect(missing).toEqual([range(251, 250)]);
  });

  test('kept and missing blocks are the range, seed by seed', () => {
    const finished = [range(40, 7), range(90, 300), range(391, 9), range(400, 50), range(700, 1)];
    const { kept, missing } = resumption(range(30, 900), finished);
    const seeds = [...kept, ...missing].flatMap((block) =>
      Array.from({ length: block.seeds }, (_, n) => block.from + n),
    );
    expect(seeds.sort((a, b) => a - b)).toEqual(Array.from({ length: 900 }, (_, n) => 30 + n));
    expect(kept).toHaveLength(5);
  });
});
