import { type BenchHandler, bareLoop, powertools, undam, type Work } from './contenders.ts';
import { type BenchEvent, kinesisEventJson } from './kinesis-event.ts';
import { lambdaContext } from './lambda-context.ts';

/** Live bytes per record above the parsed event, as one fresh process saw them. */
export interface MemoryFigures {
  /** While the handler runs on the last record. */
  readonly atLastRecord: number;
  /** The most that was seen at any of 21 points of the batch. */
  readonly peak: number;
}

export type MemoryContender = 'bare loop' | 'Powertools sequential' | 'Powertools parallel' | 'Undam';

const size = 10_000;
const handlersOf: Record<MemoryContender, (work: Work) => BenchHandler> = {
  'bare loop': bareLoop,
  'Powertools sequential': (work) => powertools(work, false),
  'Powertools parallel': (work) => powertools(work, true),
  Undam: (work) => undam(work),
};

const [contender, keys] = process.argv.slice(2);
const json = kinesisEventJson(size, Number(keys));
let live: number[] = [];
let seen = 0;
const handler = handlersOf[contender as MemoryContender](async () => {
  seen++;
  if (seen === 1 || seen % (size / 20) === 0) live.push(liveBytes());
});

// The first batch compiles the code and fills lasting tables; only the second is measured.
await measure();
const samples = await measure();
if (samples.length !== 21) throw new Error(`${contender}: ${seen} of ${size} records seen`);
const figures: MemoryFigures = { atLastRecord: samples.at(-1) ?? Number.NaN, peak: Math.max(...samples) };
console.log(JSON.stringify(figures));

async function measure(): Promise<number[]> {
  const event = JSON.parse(json) as BenchEvent;
  const context = lambdaContext();
  seen = 0;
  live = [];
  await new Promise(setImmediate);
  const before = liveBytes();
  await handler(event, context);
  // The event lives to the end in every contender: here it is what they are measured above.
  if (event.Records.length !== size) throw new Error('the batch was changed');
  return live.map((bytes) => (bytes - before) / size);
}

/** Collects until nothing more goes: weak references need more than one pass. */
function liveBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let pass = 0; pass < 3; pass++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}
