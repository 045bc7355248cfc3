import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import type { BenchCase, Row } from './bench-case.ts';

/** One simulation's figures. */
interface Figures {
  readonly deliveries: number;
  readonly ms: number;
}

/**
 * Simulations through Undam on one core, with all laws checked: their speed, and that a delivery costs the same in a long run.
 */
export const simulator: BenchCase = {
  name: 'simulator',
  about: 'record deliveries per second under virtual time, laws checked, by batch size and by length of the run',
  rounds: 3,
  run: async (rounds, progress) => {
    progress(`simulator: ${rounds} rounds`);
    const batches = await totals(rounds, [
      [100, 100_000],
      [10, 50_000],
      [1, 20_000],
    ]);
    const lengths = await totals(1, [
      [100, 10_000],
      [100, 100_000],
      [100, 1_000_000],
    ]);
    const [shortest] = lengths;
    const bare = await probe<Figures>('simulator-probe.ts', 100, 100_000, 0);
    const live = await probe<Figures & { virtualMs: number }>('simulator-probe.ts', 100, 40_000, 400);
    return [
      ...batches.map(({ batchSize, perSecond }) => row(`batches of ${batchSize}`, perSecond)),
      ...lengths.map(({ records, perSecond }) => ({
        ...row(`${records.toLocaleString('en')} records`, perSecond),
        ratio: (shortest?.perSecond ?? Number.NaN) / perSecond,
        note: 'ratio: cost of a delivery against the shortest run',
      })),
      row('batches of 100, no laws', bare.deliveries / (bare.ms / 1_000)),
      {
        ...row('4 shards at 100 records/s', live.virtualMs / live.ms),
        unit: 's/s' as const,
        note: 'virtual seconds per second',
      },
    ];
  },
};

async function totals(rounds: number, runs: readonly (readonly [batchSize: number, records: number])[]) {
  const sums = runs.map(([batchSize, records]) => ({ batchSize, records, deliveries: 0, ms: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const sum of sums) {
      const { deliveries, ms } = await probe<Figures>('laws-probe.ts', sum.batchSize, sum.records);
      sum.deliveries += deliveries;
      sum.ms += ms;
    }
  }
  return sums.map((sum) => ({ ...sum, perSecond: sum.deliveries / (sum.ms / 1_000) }));
}

function row(contender: string, value: number): Row {
  return { case: simulator.name, contender, value, unit: 'records/s' };
}

async function probe<T>(script: string, ...numbers: readonly number[]): Promise<T> {
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
  const args = [...flags, join(import.meta.dirname, script), ...numbers.map(String)];
  return JSON.parse(await runCommand(process.execPath, args, { cwd: import.meta.dirname })) as T;
}
