/**
 * Runs one simulation through Undam and prints its figures, in a process of its own, because it replaces the clocks. Third
 * argument: records written per virtual second; 0 writes all at the start.
 */
import middy from '@middy/core';
import { installVirtualTime, runSimulation, type SimulatedHandler, withVirtualTime } from '@undam/simulator/parts';

installVirtualTime();
const { eachRecord, streamGuard } = await import('undam');

const [batchSize = '100', count = '10000', perSecond = '0'] = process.argv.slice(2);
const records = Number(count);
const gapMs = Number(perSecond) > 0 ? 1_000 / Number(perSecond) : 0;

function* arrivals(count: number) {
  for (let n = 0; n < count; n++) {
    yield { atMs: Math.floor(n * gapMs), put: { partitionKey: `key ${n % 1_000}`, data: '{}' } };
  }
}

const sink = { send: async (envelopes: readonly unknown[]) => envelopes.map(() => ({ accepted: true as const })) };
const createHandler = () =>
  middy()
    .use(streamGuard({ quarantine: { sink }, observe: () => undefined }))
    .handler(eachRecord(async () => undefined)) as unknown as SimulatedHandler;

const simulation = (count: number) =>
  withVirtualTime({}, (time) =>
    runSimulation(time, {
      createHandler,
      records: arrivals(count),
      stream: { shards: 4 },
      mapping: { BatchSize: Number(batchSize), FunctionResponseTypes: ['ReportBatchItemFailures'] },
    }),
  );

await simulation(2_000); // The measurement is of compiled code.
const startedAt = performance.now();
const run = await simulation(records);
const ms = performance.now() - startedAt;
const deliveries = run.records.reduce((sum, record) => sum + record.deliveries, 0);
if (deliveries !== records) throw new Error(`expected ${records} deliveries, got ${deliveries}`);
console.log(JSON.stringify({ deliveries, ms, virtualMs: run.endedMs }));
