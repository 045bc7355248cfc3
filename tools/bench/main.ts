import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import type { BenchCase, Row } from './bench-case.ts';
import { bundle } from './bundle.ts';
import { concurrency } from './concurrency.ts';
import { ioBound } from './io-bound.ts';
import { memory } from './memory.ts';
import { type BenchOptions, benchOptions } from './options.ts';
import { ledgers, overhead, signal } from './overhead.ts';
import { parsing } from './parsing.ts';
import { processor } from './processor.ts';
import { remainder } from './remainder.ts';
import { simulator } from './simulator.ts';
import { table } from './table.ts';

const cases: readonly BenchCase[] = [
  overhead,
  signal,
  ledgers,
  processor,
  parsing,
  remainder,
  ioBound,
  concurrency,
  bundle,
  memory,
  simulator,
];
const help = `npm run bench -- [--json FILE] [--only CASE] [--rounds N] [--strict]

Compares Undam with Powertools batch and bare loops, round by round in one run. A ratio is the median of the
rounds' own ratios.

  --json FILE   write the figures to FILE
  --only CASE   run one case only
  --rounds N    rounds (or fresh processes) per contender, instead of each case's own number
  --strict      exit 1 if a bound is not kept (without it, the table only shows it)

Cases:
${cases.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions;
  try {
    options = benchOptions(
      args,
      cases.map(({ name }) => name),
    );
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const rows = await runCases(options);
  console.log(table(rows));
  const over = rows.filter((row) => row.bound?.ok === false);
  console.log(over.length === 0 ? '\nEvery bound was kept.' : `\n${over.length} bound(s) not kept.`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report(rows), null, 2)}\n`);
  return options.strict && over.length > 0 ? 1 : 0;
}

async function runCases({ only, rounds }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of cases) {
    if (only !== undefined && only !== one.name) continue;
    rows.push(...(await one.run(rounds ?? one.rounds, (line) => console.error(line))));
  }
  return rows;
}

function report(rows: readonly Row[]): object {
  return {
    measuredAt: new Date().toISOString(),
    node: process.versions.node,
    machine: { platform: platform(), arch: arch(), cpus: cpus().length },
    rows,
  };
}
