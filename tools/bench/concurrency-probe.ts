/** Prints the rows of the case `concurrency`, in a process of its own, because it replaces the clocks. */
import { installVirtualTime, seededRandom } from '@undam/simulator/parts';
import type { Row } from './bench-case.ts';
import { type Load, loads } from './concurrency-loads.ts';
import type { BatchFigures } from './concurrency-trials.ts';
import type { HandlerOf } from './load-under-lambda.ts';

installVirtualTime();
const { fileLedger } = await import('undam');
const { powertools, undam } = await import('./contenders.ts');
const { dieAt, runBatch } = await import('./concurrency-trials.ts');
const { runFleet } = await import('./concurrency-fleet.ts');

const deaths = Number(process.argv[2]);
const shards = 10;
const maxTakes = 500;

const contenders: Readonly<Record<string, HandlerOf>> = {
  ...Object.fromEntries([10, 32, 100].map((concurrency) => [`Undam, ${concurrency}`, undamAt(concurrency)])),
  'Powertools, parallel': (work) => powertools(work, true),
  'Powertools, sequential': (work) => powertools(work, false),
};

const rows: Row[] = [];
for (const [contender, handlerOf] of Object.entries(contenders)) {
  const add: Add = (name, unit, value) => rows.push({ case: name, contender, value: Math.round(value), unit });
  await addBatches(add, handlerOf);
  await addFleets(add, handlerOf);
  await addDeaths(add, handlerOf);
}
console.log(JSON.stringify(rows));

type Add = (name: string, unit: Row['unit'], value: number) => void;

function undamAt(concurrency: number): HandlerOf {
  return (work, sink) => undam(work, concurrency, fileLedger(), sink);
}

async function addBatches(add: Add, handlerOf: HandlerOf): Promise<void> {
  const figures = new Map<Load, BatchFigures>();
  for (const load of Object.values(loads)) figures.set(load, await runBatch(load, handlerOf));
  for (const [{ name, records }, { billedMs }] of figures) {
    add(`billed per 1,000 records: ${name}`, 'ms', (billedMs / records) * 1_000);
  }
  for (const load of [loads.medium, loads.slowHead, loads.quickBehindSlow]) {
    const { p50Ms, p99Ms } = figures.get(load)!;
    add(`half are done after: ${load.name}`, 'ms', p50Ms);
    add(`99 % are done after: ${load.name}`, 'ms', p99Ms);
  }
}

async function addFleets(add: Add, handlerOf: HandlerOf): Promise<void> {
  for (const parallelizationFactor of [1, 10]) {
    const { maxAtOnce } = await runFleet({ shards, parallelizationFactor }, handlerOf);
    const factor = parallelizationFactor === 1 ? '' : `, ParallelizationFactor ${parallelizationFactor}`;
    add(`at once: ${shards} shards${factor}`, 'calls', maxAtOnce);
  }
  const fleet = await runFleet({ shards, parallelizationFactor: 1, maxTakes }, handlerOf);
  const written = `${fleet.records.toLocaleString('en')} records of ${shards} shards`;
  add(`refused: ${written}, a downstream that takes ${maxTakes} at once`, 'calls', fleet.refused);
  add('quarantined for it, with nothing wrong', 'records', fleet.quarantined);
}

/** Every moment of the invocation is equally likely. */
async function addDeaths(add: Add, handlerOf: HandlerOf): Promise<void> {
  const load = loads.medium;
  const { billedMs } = await runBatch(load, handlerOf);
  const random = seededRandom('deaths');
  const repeats: number[] = [];
  for (let death = 0; death < deaths; death++) {
    const { running, done } = await dieAt(1 + random() * (billedMs - 2), load, handlerOf);
    repeats.push(running + done);
  }
  const sum = repeats.reduce((all, each) => all + each, 0);
  add(`run twice after a death, on average: ${load.name}`, 'records', sum / deaths);
  add(`run twice after a death, at most: ${load.name}`, 'records', Math.max(...repeats));
}
