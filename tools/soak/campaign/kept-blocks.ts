import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Site } from '../faults/sites.ts';
import type { Tally } from './campaign.ts';
import type { SeedRange } from './seed-blocks.ts';

/** Seeds that kept every law, and their sums. */
export interface FinishedBlock extends SeedRange {
  readonly tally: Tally;
  /** Milliseconds that it took, shared among the processes that ran beside it. */
  readonly wallMs: number;
}

type Written = Omit<FinishedBlock, 'tally'> & { readonly tally: Omit<Tally, 'sitesOn'> & { readonly sitesOn: Site[] } };

/**
 * The finished blocks of one fingerprint: a file with a line of JSON for each, which only grows. Nothing here waits, so
 * that a signal finds a block either running or kept.
 */
export class KeptBlocks {
  readonly #folder: string;
  readonly #file: string;

  constructor(fingerprint: string, folder: string) {
    this.#folder = folder;
    this.#file = join(folder, `${fingerprint}.jsonl`);
  }

  /** The finished blocks; a line that a kill cut short is none. */
  read(): FinishedBlock[] {
    return existsSync(this.#file) ? readFileSync(this.#file, 'utf8').split('\n').flatMap(blockOf) : [];
  }

  add({ from, seeds, wallMs, tally }: FinishedBlock): void {
    const written: Written = { from, seeds, wallMs, tally: { ...tally, sitesOn: [...tally.sitesOn].sort() } };
    mkdirSync(this.#folder, { recursive: true });
    // The line break before it keeps a line that a kill cut short apart. Small appends of several processes do not mix.
    appendFileSync(this.#file, `\n${JSON.stringify(written)}`);
  }

  forget(): void {
    rmSync(this.#file, { force: true });
  }

  /** Whether another fingerprint's blocks are kept here. */
  hasOthers(): boolean {
    if (!existsSync(this.#folder)) return false;
    return readdirSync(this.#folder).some((name) => name.endsWith('.jsonl') && join(this.#folder, name) !== this.#file);
  }
}

function blockOf(line: string): FinishedBlock[] {
  let written: Written;
  try {
    written = JSON.parse(line) as Written;
  } catch {
    return [];
  }
  return [{ ...written, tally: { ...written.tally, sitesOn: new Set(written.tally.sitesOn) } }];
}
