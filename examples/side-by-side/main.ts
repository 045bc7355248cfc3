import { writeFile } from 'node:fs/promises';
import type { StreamHandler } from '@undam/simulator';
import { readArguments, usage } from './arguments.ts';
import { comparison, number, seconds } from './comparison.ts';
import { type Emulators, localAccount, startEmulators } from './emulators.ts';
import { figuresOf } from './figures.ts';
import { brokenLaws } from './laws.ts';
import { orderEvents } from './order-events.ts';
import { fillStream, type OrderStream } from './order-stream.ts';
import { progressLine } from './progress-line.ts';
import { createQuarantine, readQuarantine } from './quarantine-queue.ts';
import { quarantineTable } from './quarantine-table.ts';
import { plainSide, runSide, type Side, type SideRun, undamSide } from './side.ts';

const recordCount = 4_000;
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
  const began = performance.now();
  const emulators = await startEmulators();
  try {
    const kept = await compare(emulators, args.json);
    say(`  ${seconds(performance.now() - began)} in all.`);
    process.exitCode = kept ? 0 : 1;
  } finally {
    await emulators.stop();
  }
  // A handler that hangs, or is still slow, must not keep this process.
  process.exit();
}

/** Runs both sides, prints and writes what they came to. Whether every promise was kept. */
async function compare(emulators: Emulators, json: string | undefined): Promise<boolean> {
  const { kinesis, sqs, sqsUrl } = emulators;
  const events = orderEvents(recordCount);
  say('', `  Writing ${number(recordCount)} orders, 5 of them bad, into a Kinesis stream of 4 shards ...`, '');
  const stream = await fillStream(kinesis, events);
  const queueUrl = await createQuarantine(sqs, sqsUrl);
  Object.assign(process.env, localAccount, { QUARANTINE_URL: queueUrl });

  const { handler: plain } = await import('./plain.ts');
  const plainRun = await runShown(plainSide(plain), emulators, stream);
  const { handler } = await import('./handler.ts');
  const undamRun = await runShown(undamSide(handler as StreamHandler), emulators, stream);

  const envelopes = await readQuarantine(sqs, queueUrl);
  const quarantined = new Set(envelopes.map((envelope) => envelope.origin.sequenceNumber));
  const plainFigures = figuresOf(plainRun, stream, new Set());
  const undamFigures = figuresOf(undamRun, stream, quarantined);
  const broken = brokenLaws(undamRun, stream, quarantined);

  say('', ...comparison(plainFigures, undamFigures), '');
  say('  In the quarantine queue, read back through SQS:', '', ...quarantineTable(envelopes, stream), '');
  if (json !== undefined) {
    await writeFile(
      json,
      `${JSON.stringify({ allOrNothing: plainFigures, underUndam: undamFigures, broken }, null, 2)}\n`,
    );
  }
  if (broken.length === 0) {
    say(
      '  Under Undam nothing was lost, every good order was booked once its turn came,',
      '  and exactly the bad ones are in quarantine.',
    );
  } else {
    say(`  BROKEN, ${broken.length} times:`, ...broken.slice(0, 20).map((law) => `  - ${law}`));
  }
  return broken.length === 0;
}

async function runShown(side: Side, { kinesis }: Emulators, stream: OrderStream): Promise<SideRun> {
  const line = progressLine(side.name, process.stdout);
  const run = await runSide(side, { kinesis, stream, onProgress: line.show });
  line.end();
  return run;
}
