import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addTally, type Broken, type CampaignOptions, type CampaignResult, newTally } from './campaign.ts';

/**
 * Seeds in one process. What a crashed environment held stays in the memory of the modules that all simulated
 * environments share, so a process is not kept for long.
 */
const seedsInChunk = 250;

export interface FleetOptions extends CampaignOptions {
  readonly workers: number;
}

/** Runs seeds side by side in processes of their own; ends early where a law is broken, with the earliest seed that did. */
export async function fleet({ from, seeds, on, ran, workers }: FleetOptions): Promise<CampaignResult> {
  const tally = newTally();
  const children = new Set<ChildProcess>();
  const found: Broken[] = [];
  let next = from;

  async function work(): Promise<void> {
    while (next < from + seeds && found.length === 0) {
      const first = next;
      next += seedsInChunk;
      const result = await chunk(first, Math.min(seedsInChunk, from + seeds - first), on, children);
      addTally(tally, result.tally);
      if (result.broken) found.push(result.broken);
      ran?.(tally);
    }
  }

  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
  const [broken] = found.toSorted((a, b) => a.scenario.seed - b.scenario.seed);
  return { tally, ...(broken && { broken }) };
}

async function chunk(
  from: number,
  seeds: number,
  on: readonly string[],
  children: Set<ChildProcess>,
): Promise<CampaignResult> {
  const child = fork(fileURLToPath(new URL('./chunk.ts', import.meta.url)), [String(from), String(seeds), ...on], {
    serialization: 'advanced',
  });
  children.add(child);
  let result: CampaignResult | undefined;
  child.once('message', (message) => {
    result = message as CampaignResult;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  children.delete(child);
  if (!result) throw new Error(`the process of seeds ${from} to ${from + seeds - 1} ended with code ${code}`);
  return result;
}
