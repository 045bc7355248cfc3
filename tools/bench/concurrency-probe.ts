/** Prints the rows of the case `concurrency`; in a process of its own, since it replaces the clocks. */
import { installVirtualTime, seededRandom } from '@undam/simulator/parts';
import type { Row } from './bench-case.ts';
import { type Load, loads } from './concurrency-loads.ts';
import type { HandlerOf } from './load-under-lambda.ts';

installVirtualTime();
const { fileLedger } = await import('undam');
const { powertools, undam } = await import('./contenders.ts');
const { dieAt, runBatch } = await import('./concurrency-trials.ts');
const { runFleet } = await import('./concurrency-fleet.ts');

const deaths = Number(process.argv[2]);
const shards = 10;
const takesMost = 500;

const contenders: Readonly<Record<string, HandlerOf>> = {
  ...Object.fromEntries([10, 32, 100].map((concurrency) => [`Undam, ${concurrency}`, undamAt(concurrency)])),
  'Powertools, parallel': (work) => powertools(work, true),
  'Powertools, sequential': (work) => powertools(work, false),
};

const rows: Row[] = [];
for (const [contender, handlerOf] of Object.entries(contenders)) {
  const add = (name: string, unit: Row['unit'], value: number): void => {
    rows.push({ case: name, contender, value: Math.round(value), unit });
  };
  for (const load of Object.values(loads)) await addBatch(add, load, handlerOf);
  await addFleet(add, handlerOf);
  await addDeaths(add, loads.medium, handlerOf);
}
console.log(JSON.stringify(rows));

type Add = (name: string, unit: Row['unit'], value: number) => void;

function undamAt(concurrency: number): HandlerOf {
  return (work, sink) => undam(work, concurrency, fileLedger(), sink);
}

async function addBatch(add: Add, load: Load, handlerOf: HandlerOf): Promise<void> {
  const { billedMs, p50Ms, p99Ms } = await runBatch(load, handlerOf);
  add(`billed per 1,000: batches of ${load.name}`, 'ms', (billedMs / load.records) * 1_000);
  if (load !== loads.medium && load.slow !== 'ten at the head') return;
  add(`half done after: ${load.name}`, 'ms', p50Ms);
  add(`99 % done after: ${load.name}`, 'ms', p99Ms);
}

async function addFleet(add: Add, handlerOf: HandlerOf): Promise<void> {
  for (const parallelizationFactor of [1, 10]) {
    const { mostAtOnce } = await runFleet({ shards, parallelizationFactor }, handlerOf);
    add(`calls at once: ${shards} shards, factor ${parallelizationFactor}`, 'calls', mostAtOnce);
  }
  const { refused, quarantined } = await runFleet({ shards, parallelizationFactor: 1, takesMost }, handlerOf);
  add(`refused by a downstream of ${takesMost}`, 'calls', refused);
  add('quarantined for that', 'records', quarantined);
}

/** At moments of an invocation that are all alike likely. */
async function addDeaths(add: Add, load: Load, handlerOf: HandlerOf): Promise<void> {
  const { billedMs } = await runBatch(load, handlerOf);
  const random = seededRandom('deaths');
  const repeats: number[] = [];
  for (let death = 0; death < deaths; death++) {
    const { running, done } = await dieAt(1 + random() * (billedMs - 2), load, handlerOf);
    repeats.push(running + done);
  }
  add('run twice after a death, on average', 'records', repeats.reduce((sum, each) => sum + each, 0) / deaths);
  add('run twice after a death, at most', 'records', Math.max(...repeats));
}
