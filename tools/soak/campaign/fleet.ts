import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Site } from '../faults/sites.ts';
import type { Broken, CampaignResult, Tally } from './campaign.ts';
import type { ChunkMessage } from './chunk.ts';
import type { SeedRange } from './seed-blocks.ts';

/** The result of one block's process. */
export interface BlockResult extends SeedRange, CampaignResult {
  readonly wallMs: number;
}

export interface FleetOptions {
  /** Each runs in a process of its own. */
  readonly blocks: readonly SeedRange[];
  readonly on: readonly Site[];
  /** Processes side by side. */
  readonly workers: number;
  /** Called with the seeds that were run so far, those of unfinished blocks included. */
  readonly ran: (seeds: number) => void;
  /** Called after each block; what it throws ends the fleet. */
  readonly finished: (result: BlockResult) => void;
}

/** Runs blocks of seeds side by side; ends early where a law is broken, with the earliest seed that did. */
export async function fleet({ blocks, on, ran, finished, workers }: FleetOptions): Promise<Broken | undefined> {
  const children = new Set<ChildProcess>();
  const end = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.once('exit', end);
  const found: Broken[] = [];
  const ranOf = new Map<SeedRange, number>();
  let next = 0;

  async function work(): Promise<void> {
    while (next < blocks.length && found.length === 0) {
      const block = blocks[next++]!;
      const began = performance.now();
      const result = await runBlock(block, on, children, (seeds) => {
        ranOf.set(block, seeds);
        ran([...ranOf.values()].reduce((sum, each) => sum + each, 0));
      });
      if (result.broken) found.push(result.broken);
      finished({ ...block, ...result, wallMs: (performance.now() - began) / workers });
    }
  }

  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    end();
    process.off('exit', end);
  }
  return found.toSorted((a, b) => a.scenario.seed - b.scenario.seed)[0];
}

async function runBlock(
  { from, seeds }: SeedRange,
  on: readonly Site[],
  children: Set<ChildProcess>,
  ran: (seeds: number) => void,
): Promise<{ readonly tally: Tally; readonly broken?: Broken }> {
  const child = fork(fileURLToPath(new URL('./chunk.ts', import.meta.url)), [String(from), String(seeds), ...on], {
    serialization: 'advanced',
  });
  children.add(child);
  let result: CampaignResult | undefined;
  child.on('message', (message: ChunkMessage) => {
    if ('ran' in message) ran(message.ran);
    else result = message.result;
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  children.delete(child);
  if (!result) throw new Error(`the process of seeds ${from} to ${from + seeds - 1} ended with code ${code}`);
  return result;
}
