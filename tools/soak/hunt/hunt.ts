/** A process of its own: soaks one broken engine until a law that it has to break is broken. Prints the result as JSON. */

import { brokenEngines } from '../broken-engines/index.ts';
import { breakEngine } from './break-engine.ts';

const [name, maxSeeds] = process.argv.slice(2);
const engine = brokenEngines.find((one) => one.name === name);
if (!engine) throw new Error(`expected the name of a broken engine, got ${JSON.stringify(name)}`);
breakEngine(engine);
const { generate } = await import('../generate/generate.ts');
const { play } = await import('../run/run.ts');
const { seedsWith } = await import('./seeds-with.ts');

/** The result of a hunt; without `law` the engine survived. */
export interface Catch {
  readonly seed: number;
  readonly law?: string;
  readonly problem?: string;
}

let caught: Catch = { seed: Number(maxSeeds) };
for (const seed of seedsWith(engine.needs, Number(maxSeeds))) {
  const { violation } = await play(generate(seed, [], engine.isOnTable));
  if (!violation || !engine.breaks.includes(violation.law)) continue;
  caught = { seed, law: violation.law, problem: violation.problem };
  break;
}
process.stdout.write(`${JSON.stringify(caught)}\n`);
process.exit();
