import type { KinesisStreamEvent } from 'aws-lambda';
import { type BenchHandler, bareLoop, powertools, undam, type Work } from './contenders.ts';
import { kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';

/** Live bytes per record above the parsed event, as one fresh process saw them. */
export interface MemoryFigures {
  /** While the handler runs the last record. */
  readonly atLastRecord: number;
  /** The maximum at the first record and after each fifth of the batch. */
  readonly peak: number;
}

export type MemoryContender = 'bare loop' | 'Powertools sequential' | 'Powertools parallel' | 'Undam';

const size = 10_000;
const samplesPerBatch = 5;
const handlersOf: Record<MemoryContender, (work: Work) => BenchHandler> = {
  'bare loop': bareLoop,
  'Powertools sequential': (work) => powertools(work, false),
  'Powertools parallel': (work) => powertools(work, true),
  Undam: (work) => undam(work),
};

const [contender, keys] = process.argv.slice(2);
let seen = 0;
let onSeen = (): void => {};
const handler = handlersOf[contender as MemoryContender](async () => {
  seen++;
  onSeen();
});
await warmUp();
console.log(JSON.stringify(await measure()));

/** Compiles the code and fills lasting tables, in small batches, because Powertools keeps its last batch. */
async function warmUp(): Promise<void> {
  const json = kinesisEventJson(10, 10);
  for (let batch = 0; batch < 500; batch++) await handler(JSON.parse(json), lambdaContext());
}

async function measure(): Promise<MemoryFigures> {
  const event = JSON.parse(kinesisEventJson(size, Number(keys))) as KinesisStreamEvent;
  const context = lambdaContext();
  await new Promise(setImmediate);
  const samples: number[] = [];
  const before = liveBytes();
  seen = 0;
  onSeen = () => {
    if (seen === 1 || seen % (size / samplesPerBatch) === 0) samples.push((liveBytes() - before) / size);
  };
  await handler(event, context);
  // Keeps the event alive to the end, as the Lambda runtime does, whether or not the contender needs it.
  if (event.Records.length !== size || seen !== size) throw new Error(`${contender}: ${seen} of ${size} records seen`);
  return { atLastRecord: samples.at(-1) ?? Number.NaN, peak: Math.max(...samples) };
}

/** Reachable heap; the second collection frees what the first left to weak references. */
function liveBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
