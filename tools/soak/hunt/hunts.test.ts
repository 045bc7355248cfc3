import { describe, expect, test } from '@jest/globals';
import type { BrokenEngine } from '../broken-engines/index.ts';
import type { Catch } from './hunt.ts';
import { type Hunted, huntAll, reportOf } from './hunts.ts';

const engines: readonly BrokenEngine[] = (['no-loss', 'lane-order', 'innocent', 'uncharged'] as const).map((law) => ({
  name: `breaks ${law}`,
  file: 'lanes.ts',
  line: 'right',
  becomes: 'wrong',
  breaks: [law],
}));

/** Hunts with what came of each as given; answers the results in the order of the engines. */
async function hunted(catches: readonly (Catch | Error)[], workers = 2): Promise<Hunted[]> {
  const results = await huntAll(engines.slice(0, catches.length), {
    workers,
    hunted: () => {},
    hunt: async (engine) => {
      const caught = catches[engines.indexOf(engine)]!;
      if (caught instanceof Error) throw caught;
      return caught;
    },
  });
  return results.toSorted((a, b) => engines.indexOf(a.engine) - engines.indexOf(b.engine));
}

const caughtBy = (index: number): Catch => ({ seed: 7, law: engines[index]!.breaks[0]! });

describe('the hunts', () => {
  test('an engine is caught by a law that it has to break, and by no other', async () => {
    const results = await hunted([caughtBy(0), { seed: 3, law: 'apart' }, { seed: 2_000 }]);
    expect(results.map(({ end, how }) => [end, how])).toEqual([
      ['caught', 'no-loss, seed 7'],
      ['failed', 'broke apart in seed 3; expected lane-order'],
      ['survived', '2000 seeds'],
    ]);
  });

  test.each([1, 2, 9])(
    'with %i side by side every engine is hunted once, also behind one that cannot be',
    async (workers) => {
      const results = await hunted([new Error('found it 0 times'), caughtBy(1), caughtBy(2), caughtBy(3)], workers);
      expect(results.map(({ engine }) => engine)).toEqual(engines);
      expect(results.map(({ end }) => end)).toEqual(['failed', 'caught', 'caught', 'caught']);
      expect(results[0]!.how).toBe('found it 0 times');
    },
  );

  test('are counted as tests: one that caught its engine has passed', async () => {
    const results = await hunted([caughtBy(0), { seed: 2_000 }, caughtBy(2)]);
    expect(reportOf(results)).toMatchObject({ success: false, numPassedTests: 2, numFailedTests: 1 });
    expect(reportOf(results.slice(0, 1))).toMatchObject({ success: true, numPassedTests: 1, numFailedTests: 0 });
    expect(reportOf([]).success).toBe(false);
  });
});
