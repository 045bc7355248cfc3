import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import { installCompanions } from './companions.ts';
import { type Figure, type UpstreamFigures, upstreamFigures, type VitestReport } from './figures.ts';

const help = `npm run upstream -- --repo DIR

Runs the published repository's own unit tests of BatchProcessor with StreamProcessor in its place.

  --repo DIR    a checkout of github.com/aws-powertools/powertools-lambda-typescript; nothing is written to it

Installs the tests' dependencies under .cache/upstream, in the versions that the checkout names. Exit 1 if a test fails.`;

/** Under the checkout's `packages/batch/tests/unit`. */
const files = ['BatchProcessor', 'processPartialResponse', 'parsing', 'concurrency/BatchProcessor'];
const outOfScope = `Out of scope, and not run:
  SqsFifoPartialProcessor, concurrency/SqsFifo…: other classes, of SQS FIFO queues
  BasePartialProcessor: the synchronous way to process, in a class of its own
  concurrency/BatchProcessingStore: a class inside Powertools, which is not replaced
  BatchProcessorSync, processPartialResponseSync: deprecated, and without tests of their own
  tests/e2e: SQS queues on AWS`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const repo = asked(args);
    if (repo === undefined) {
      console.log(help);
      return 0;
    }
    const figures = await runUpstream(repo);
    console.log(shown(figures));
    return figures.failures.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`upstream: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
}

function asked(args: readonly string[]): string | undefined {
  const options = { repo: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
  const { repo, help: isHelp } = parseArgs({ args: [...args], options }).values;
  if (isHelp) return undefined;
  if (repo === undefined) throw new Error(`--repo: expected a checkout, got none\n\n${help}`);
  return resolve(repo);
}

async function runUpstream(repo: string): Promise<UpstreamFigures> {
  const companions = join(root, '.cache/upstream');
  await installCompanions(repo, companions);
  const packages = join(repo, 'packages');
  const report = join(companions, 'report.json');
  await rm(report, { force: true });
  const vitest = join(companions, 'node_modules/vitest/vitest.mjs');
  const config = join(import.meta.dirname, 'vitest.config.ts');
  const output = ['--reporter=json', `--outputFile=${report}`];
  const tests = files.map((name) => `tests/unit/${name}.test.ts`);
  // A failed test gives Vitest an exit code of its own; only a missing report is an error.
  const ending = await runCommand(process.execPath, [vitest, 'run', '--config', config, ...output, ...tests], {
    cwd: join(packages, 'batch'),
    env: { ...process.env, UPSTREAM_PACKAGES: packages, UPSTREAM_COMPANIONS: companions },
  }).catch((error: unknown) => error);
  const written = await readFile(report, 'utf8').catch(() => {
    throw ending;
  });
  return upstreamFigures(JSON.parse(written) as VitestReport);
}

function shown({ streams, others, failures }: UpstreamFigures): string {
  const sum = { passed: streams.passed + others.passed, total: streams.total + others.total };
  return `Powertools' own tests of BatchProcessor, with StreamProcessor in its place:
  Kinesis and DynamoDB Streams   ${line(streams)}
  SQS, and of no kind            ${line(others)}   (out of scope: no StreamProcessor is for SQS; run all the same)
  all                            ${line(sum)}
${failures.map((failure) => `\nFAILED ${failure}`).join('')}
${outOfScope}`;
}

function line({ passed, total }: Figure): string {
  return `${passed} / ${total} passed`;
}
