import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { duration } from '../../terminal/duration.ts';
import { ProgressLine } from '../../terminal/progress-line.ts';
import { brokenEngines } from '../broken-engines/index.ts';
import { type Hunted, huntAll, huntInProcess, reportOf } from './hunts.ts';

const help = `npm run soak:broken -- [--only TEXT] [--seeds N] [--workers N] [--json FILE]

Does the soak see what it is there for? Each engine of broken-engines/, in which one line is wrong, is soaked until a
law that this line has to break is broken. Exit 1 if one survives. Takes two to four minutes on two cores.

  --only TEXT   only engines whose name has TEXT in it
  --seeds N     how many seeds an engine may survive at most, default 2000
  --workers N   hunts side by side, default one for each core
  --json FILE   write the counts to FILE, as Jest does with its --json`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof huntOptions>;
  try {
    options = huntOptions(args);
  } catch (error) {
    console.error(`soak:broken: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const { engines, seeds, workers, json } = options;
  const began = performance.now();
  let failed = 0;
  const progress = new ProgressLine({
    total: engines.length,
    text: (done) => `${done} of ${engines.length} engines, ${failed} not caught`,
  });
  const hunts = await huntAll(engines, {
    workers,
    hunt: huntInProcess(seeds),
    hunted(one, count) {
      if (one.end !== 'caught') failed++;
      progress.above(() => console.log(lineOf(one)));
      progress.at(count);
    },
  });
  progress.end();
  const report = reportOf(hunts);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report)}\n`);
  console.log(`\n${engines.length} broken engines in ${duration(performance.now() - began)}`);
  console.log(`${report.numPassedTests} passed, ${report.numFailedTests} failed`);
  return report.success ? 0 : 1;
}

function lineOf({ engine, end, how }: Hunted): string {
  return end === 'caught'
    ? `caught   ${engine.name} (${how})`
    : `${end.toUpperCase().padEnd(8)} ${engine.name}: ${how}`;
}

function huntOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      seeds: { type: 'string', default: '2000' },
      workers: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const engines = brokenEngines.filter(({ name }) => name.includes(values.only));
  if (engines.length === 0)
    throw new Error(`--only: expected a part of the name of a broken engine, got ${JSON.stringify(values.only)}`);
  for (const name of ['seeds', 'workers'] as const) {
    if (!/^[1-9]\d{0,5}$/.test(values[name]))
      throw new Error(`--${name}: expected a whole number from 1 to 999999, got ${JSON.stringify(values[name])}`);
  }
  return { ...values, engines, seeds: Number(values.seeds), workers: Number(values.workers) };
}
