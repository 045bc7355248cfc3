import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../repo/workspace.ts';
import { type Site, sites } from './faults/sites.ts';

export interface SoakOptions {
  readonly seeds: number;
  readonly from: number;
  readonly json?: string;
  /** A seed, or the path of a file that holds a scenario. */
  readonly replay?: number | string;
  /** Sites that are off by default. */
  readonly on: readonly Site[];
  /** Processes side by side. */
  readonly workers: number;
  /** Where finished seeds are kept. */
  readonly folder: string;
  /** Forgets finished seeds first. */
  readonly fresh: boolean;
  readonly help: boolean;
}

export const help = `npm run soak -- [--seeds N] [--from SEED] [--workers N] [--json FILE] [--on SITE] [--fresh]
npm run soak -- --replay SEED|FILE

Undam under virtual time: each seed is a stream, a mapping, handlers, a queue and a ledger in which things go wrong;
then everything heals and has to end. The laws are checked from outside. Exit 1 at the first one that is broken.
About 15 seeds a second on each core. Finished seeds are kept in .cache/soak, and a run that is started again goes on with
those that are missing, until what they run (the engine, the simulator, the soak, the packages they import) changes.

  --seeds N      how many runs, default 300
  --from SEED    the first seed, default 1
  --workers N    processes side by side, default one for each core
  --json FILE    write the figures to FILE
  --on SITE      let a site fire that is off by default; may be given more than once
  --fresh        forget what is kept first
  --folder DIR   keep finished seeds there
  --replay SEED  print everything that happens in one run; FILE holds a scenario as a violation prints it`;

/** Reads the command line; throws an error with a clear message for anything it does not know. */
export function soakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '300' },
      from: { type: 'string', default: '1' },
      workers: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'string' },
      replay: { type: 'string' },
      on: { type: 'string', multiple: true, default: [] },
      fresh: { type: 'boolean', default: false },
      folder: { type: 'string', default: join(root, '.cache/soak') },
      help: { type: 'boolean', default: false },
    },
  });
  const { seeds, from, workers, json, replay, on } = values;
  for (const site of on) {
    if (!sites.includes(site as Site))
      throw new Error(`--on: expected one of ${sites.join(', ')}, got ${JSON.stringify(site)}`);
  }
  return {
    seeds: wholeNumber('--seeds', seeds, 1),
    from: wholeNumber('--from', from, 0),
    ...(json !== undefined && { json }),
    ...(replay !== undefined && { replay: /^\d+$/.test(replay) ? wholeNumber('--replay', replay, 0) : replay }),
    on: on as Site[],
    workers: wholeNumber('--workers', workers, 1),
    folder: values.folder,
    fresh: values.fresh,
    help: values.help,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least) return value;
  throw new Error(`${name}: expected a whole number from ${least} to 999999999, got ${JSON.stringify(text)}`);
}
