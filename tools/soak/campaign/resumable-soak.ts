import { ProgressLine } from '../../terminal/progress-line.ts';
import type { SoakOptions } from '../options.ts';
import { addTally, type Broken, newTally, type Tally } from './campaign.ts';
import { fingerprint } from './fingerprint.ts';
import { fleet } from './fleet.ts';
import { type FinishedBlock, KeptBlocks } from './kept-blocks.ts';
import { resumption } from './seed-blocks.ts';

export interface SoakResult {
  /** Of all seeds that were asked for, in whichever run they were soaked. */
  readonly tally: Tally;
  readonly broken?: Broken;
  /** Milliseconds, those of earlier runs included. */
  readonly wallMs: number;
}

type Asked = Pick<SoakOptions, 'seeds' | 'from' | 'on' | 'workers' | 'folder' | 'fresh'>;

/**
 * Soaks the seeds that no earlier run has finished, keeps each block as soon as it is finished, and sums all up.
 *
 * @throws if the code under soak changes meanwhile: the block that notices is not kept
 */
export async function resumableSoak(asked: Asked): Promise<SoakResult> {
  const { seeds, on, workers } = asked;
  const soaked = fingerprint(on);
  const store = new KeptBlocks(soaked, asked.folder);
  if (asked.fresh) store.forget();
  const { kept, missing } = resumption(asked, store.read());
  const tally = newTally();
  for (const block of kept) addTally(tally, block.tally);
  const resumed = tally.seeds;
  console.log(opening(resumed, seeds, store.hasOthers()));

  const progress = new ProgressLine({ total: seeds, done: resumed, text: (done) => `${done} of ${seeds} seeds` });
  const interrupted = (): void => {
    progress.end();
    console.error(`Interrupted: ${tally.seeds} of ${seeds} seeds are finished and kept.`);
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

  const began = performance.now();
  const broken = await fleet({
    blocks: missing,
    on,
    workers,
    ran: (fresh) => progress.at(resumed + fresh),
    finished(block) {
      if (fingerprint(on) !== soaked) throw new Error(changedMeanwhile);
      addTally(tally, block.tally);
      if (!block.broken) store.add(block);
    },
  });
  progress.end();
  return { tally, ...(broken && { broken }), wallMs: performance.now() - began + sumOfWall(kept) };
}

const changedMeanwhile = 'what is soaked changed meanwhile; expected sources that stay as they are, so start it again';

function opening(resumed: number, seeds: number, hasOthers: boolean): string {
  if (resumed === seeds) return `Soaked before: all of ${seeds} seeds; --fresh soaks them again.`;
  if (resumed > 0) return `Soaked before: ${resumed} of ${seeds} seeds; the rest is soaked now.`;
  return hasOthers
    ? `Soaked before: none of ${seeds} seeds as the sources are now.`
    : `Soaked before: none of ${seeds} seeds.`;
}

function sumOfWall(blocks: readonly FinishedBlock[]): number {
  return blocks.reduce((sum, { wallMs }) => sum + wallMs, 0);
}
