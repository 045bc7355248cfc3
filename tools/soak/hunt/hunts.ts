import { join } from 'node:path';
import type { JestReport } from '../../jest/test-sum.ts';
import { runCommand } from '../../repo/run-command.ts';
import { root } from '../../repo/workspace.ts';
import type { BrokenEngine } from '../broken-engines/index.ts';
import type { Catch } from './hunt.ts';

/** The result of the hunt for one broken engine. */
export interface Hunted {
  readonly engine: BrokenEngine;
  /** `failed`: it could not be hunted. */
  readonly end: 'caught' | 'survived' | 'failed';
  /** The law and the seed that caught it, or why nothing did. */
  readonly how: string;
}

/** Soaks one broken engine until it is caught. */
export type Hunt = (engine: BrokenEngine) => Promise<Catch>;

/** A hunt in a process of its own, which loads the broken engine. */
export function huntInProcess(maxSeeds: number): Hunt {
  const flags = ['--conditions=undam-source', '--disable-warning=ExperimentalWarning'];
  const script = join(import.meta.dirname, 'hunt.ts');
  return async ({ name }) => {
    const args = [...flags, script, name, String(maxSeeds)];
    return JSON.parse(await runCommand(process.execPath, args, { cwd: root, timeoutMs: 900_000 })) as Catch;
  };
}

export interface HuntsOptions {
  readonly hunt: Hunt;
  /** Hunts side by side. */
  readonly workers: number;
  /** Called after each hunt. */
  readonly hunted: (hunted: Hunted, count: number) => void;
}

/** Hunts every engine, also those behind one that survives or cannot be hunted. */
export async function huntAll(engines: readonly BrokenEngine[], options: HuntsOptions): Promise<Hunted[]> {
  const { hunt, workers, hunted } = options;
  const results: Hunted[] = [];
  const waiting = engines.values();
  const work = async (): Promise<void> => {
    for (const engine of waiting) {
      const result = await hunt(engine).then(
        (caught) => judged(engine, caught),
        (error: unknown): Hunted => ({
          engine,
          end: 'failed',
          how: error instanceof Error ? error.message : String(error),
        }),
      );
      results.push(result);
      hunted(result, results.length);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

function judged(engine: BrokenEngine, { law, seed }: Catch): Hunted {
  if (law === undefined) return { engine, end: 'survived', how: `${seed} seeds` };
  if ((engine.breaks as readonly string[]).includes(law)) return { engine, end: 'caught', how: `${law}, seed ${seed}` };
  return { engine, end: 'failed', how: `broke ${law} in seed ${seed}; expected ${engine.breaks.join(' or ')}` };
}

/** The hunts as the tests of a run: one that caught its engine has passed. */
export function reportOf(hunts: readonly Hunted[]): JestReport {
  const numPassedTests = hunts.filter(({ end }) => end === 'caught').length;
  const numFailedTests = hunts.length - numPassedTests;
  return {
    success: hunts.length > 0 && numFailedTests === 0,
    numPassedTests,
    numFailedTests,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
  };
}
