import { readFileSync, writeFileSync } from 'node:fs';
import { type Broken, shortcomings } from './campaign/campaign.ts';
import { figures, summary, violationText } from './campaign/report.ts';
import { resumableSoak } from './campaign/resumable-soak.ts';
import { generate } from './generate/generate.ts';
import { help, type SoakOptions, soakOptions } from './options.ts';
import { play } from './run/run.ts';
import { readScenario, type Scenario } from './scenario/scenario.ts';
import { shrink } from './scenario/shrink.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: SoakOptions;
  try {
    options = soakOptions(args);
  } catch (error) {
    console.error(`soak: ${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  return options.replay === undefined ? soak(options) : replay(options.replay, options);
}

async function soak(options: SoakOptions): Promise<number> {
  const { from, on, json } = options;
  const { tally, broken, wallMs } = await resumableSoak(options);
  console.log(summary(tally, wallMs));
  const smallest = broken && (await smallestOf(broken));
  const data = figures(tally, wallMs, from, broken, smallest);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(data, null, 2)}\n`);
  if (broken && smallest) {
    const asked = on.map((site) => ` --on ${site}`).join('');
    console.error(`\n${violationText(broken, smallest, `${broken.scenario.seed}${asked}`)}`);
    return 1;
  }
  console.log('\nEvery law was kept.');
  const problems = shortcomings(tally);
  for (const problem of problems) console.error(`soak: ${problem}`);
  return problems.length === 0 ? 0 : 1;
}

function smallestOf({ scenario, violation }: Broken): Promise<Scenario> {
  return shrink(scenario, async (smaller) => (await play(smaller)).violation?.law === violation.law);
}

/** Prints all that happens in one run; the laws are in the last line. */
async function replay(what: number | string, { on }: SoakOptions): Promise<number> {
  let scenario: Scenario;
  try {
    scenario = typeof what === 'number' ? generate(what, on) : readScenario(readFileSync(what, 'utf8'));
  } catch (error) {
    console.error(`soak: --replay ${what}: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
  const lines: string[] = [];
  const { violation } = await play(scenario, (line) => lines.push(line()));
  const end = violation ? `${violation.law}: ${violation.problem} (at ${violation.at} ms)` : 'Every law was kept.';
  process.stdout.write(`${[...lines, end].join('\n')}\n`);
  return violation ? 1 : 0;
}
