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
  say('', '  4,000 orders, five of them bad, in a Kinesis stream of 4 shards (emulated), sent through the same');
  say('  business function twice: batches of 100, function time-out 1 s, retries after 0.2 s, then doubled.', '');
  const emulators = await startEmulators();
  try {
    const result = await compare(emulators, orderEvents(4_000), (side) => progressLine(side, process.stdout));
    print(result);
    const table = await runTable(orderEvents(400));
    printTable(table);
    if (json !== undefined) await writeFile(json, figuresFile(result, table));
    say(`  ${seconds(performance.now() - began)} in all.`, '');
    return result.undam.broken.length + table.broken.length === 0;
  } finally {
    await emulators.stop();
  }
}

function print({ plain, undam, quarantine, stream }: Comparison): void {
  say('', ...comparison(plain.figures, undam.figures), '');
  say('  all or nothing: MaximumRetryAttempts 2, nothing else.');
  say('  under Undam: ReportBatchItemFailures, BisectBatchOnFunctionError, MaximumRetryAttempts -1.', '');
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

function figuresFile({ plain, undam }: Comparison, table: TableRun): string {
  const { broken, ...dynamodbStreams } = table;
  const figures = {
    allOrNothing: plain.figures,
    underUndam: undam.figures,
    dynamodbStreamsSimulated: dynamodbStreams,
    broken: [...undam.broken, ...broken],
  };
  return `${JSON.stringify(figures, null, 2)}\n`;
}
