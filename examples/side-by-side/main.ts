import { writeFile } from 'node:fs/promises';
import { readArguments, usage } from './arguments.ts';
import { type Comparison, compare } from './compare.ts';
import { comparison, seconds } from './comparison.ts';
import { startEmulators } from './emulators.ts';
import { orderEvents } from './order-events.ts';
import { progressLine } from './progress-line.ts';
import { quarantineTable } from './quarantine-table.ts';
import { runTable, type TableRun, tableLines } from './table-changes.ts';

const say = (...lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`);

const args = readArguments(process.argv.slice(2));
if (args.kind === 'help') {
  say(usage);
} else if (args.kind === 'mistake') {
  process.stderr.write(`${args.problem}\n\n${usage}\n`);
  process.exitCode = 2;
} else {
  // The emulators end with this process, so to end it is enough.
  process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
  const kept = await main(args.json);
  // Not left to the event loop: a handler that hangs, or is still slow, must not keep this process.
  process.exit(kept ? 0 : 1);
}

async function main(json: string | undefined): Promise<boolean> {
  const began = performance.now();
  say('', '  4,000 orders, five of them bad, in a Kinesis stream of 4 shards (emulated), sent');
  say('  three times through the same business function: behind a plain loop, behind');
  say("  Powertools' BatchProcessor, and under Undam. Batches of 100, function time-out 1 s,");
  say('  retries after 0.2 s, then doubled.', '');
  // The table is simulated in a thread of its own, while the emulators start.
  const [result, table] = await Promise.all([onEmulators(), runTable(orderEvents(400))]);
  print(result);
  printTable(table);
  if (json !== undefined) await writeFile(json, figuresFile(result, table));
  say(`  ${seconds(performance.now() - began)} in all.`, '');
  return result.undam.broken.length + table.broken.length === 0;
}

async function onEmulators(): Promise<Comparison> {
  const emulators = await startEmulators();
  try {
    const line = progressLine(process.stdout);
    const result = await compare(emulators, orderEvents(4_000), line.show);
    line.end();
    return result;
  } finally {
    await emulators.stop();
  }
}

function print({ plain, powertools, undam, quarantine, stream }: Comparison): void {
  say('', ...comparison([plain, powertools, undam]), '');
  say("  Powertools' processPartialResponse has its defaults: all records of a batch at once.");
  say('  An OnFailure destination would name what was discarded; only S3 keeps the payloads.', '');
  say('  In the quarantine queue, read back through SQS:', '', ...quarantineTable(quarantine, stream), '');
  if (undam.broken.length === 0) {
    say("  Under Undam nothing was lost, every good order was booked, each customer's in their order, and");
    say('  exactly the bad ones are in quarantine.');
  } else {
    say(...brokenLines(undam.broken));
  }
}

function printTable(table: TableRun): void {
  say('', ...tableLines(table), '');
  if (table.broken.length > 0) say(...brokenLines(table.broken), '');
}

function brokenLines(broken: readonly string[]): string[] {
  const more = broken.length > 20 ? [`  ... and ${broken.length - 20} more`] : [];
  return ['  BROKEN under Undam:', ...broken.slice(0, 20).map((law) => `  - ${law}`), ...more];
}

function figuresFile({ plain, powertools, undam }: Comparison, table: TableRun): string {
  const { broken, ...dynamodbStreams } = table;
  const figures = {
    allOrNothing: plain.figures,
    powertools: powertools.figures,
    underUndam: undam.figures,
    dynamodbStreamsSimulated: dynamodbStreams,
    broken: [...undam.broken, ...broken],
  };
  return `${JSON.stringify(figures, null, 2)}\n`;
}
