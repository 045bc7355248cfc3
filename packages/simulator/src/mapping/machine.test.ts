import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Simulation } from '../report/result.ts';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';

interface Delivery {
  readonly shardId: string;
  readonly sequenceNumbers: readonly string[];
  readonly from: number;
  readonly to: number;
}

const scenarios = fc.record({
  shards: fc.integer({ min: 1, max: 3 }),
  records: fc.array(fc.record({ atMs: fc.integer({ min: 0, max: 20_000 }), key: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 60,
  }),
  mapping: fc.record({
    BatchSize: fc.integer({ min: 1, max: 12 }),
    MaximumBatchingWindowInSeconds: fc.integer({ min: 0, max: 5 }),
    ParallelizationFactor: fc.integer({ min: 1, max: 3 }),
    MaximumRetryAttempts: fc.integer({ min: 0, max: 4 }),
    MaximumRecordAgeInSeconds: fc.constantFrom(-1, 60),
    BisectBatchOnFunctionError: fc.boolean(),
    FunctionResponseTypes: fc.constantFrom([], ['ReportBatchItemFailures' as const]),
  }),
  reshards: fc.boolean(),
  /** What the function does, invocation by invocation. */
  answers: fc.array(fc.constantFrom('ok', 'ok', 'throw', 'report', 'hang', 'throttle', 'lose'), { maxLength: 60 }),
});

async function run(scenario: typeof scenarios extends fc.Arbitrary<infer S> ? S : never) {
  const time = new VirtualTime();
  const deliveries: Delivery[] = [];
  let number = 0;
  const next = (): string => scenario.answers[number++] ?? 'ok';
  let answer = 'ok';
  const handler = async (event: { Records: { kinesis: { sequenceNumber: string }; eventID: string }[] }) => {
    const sequenceNumbers = event.Records.map(({ kinesis }) => kinesis.sequenceNumber);
    const does = answer;
    const delivery = {
      shardId: event.Records[0]!.eventID.split(':')[0]!,
      sequenceNumbers,
      from: time.now(),
      to: Infinity,
    };
    deliveries.push(delivery);
    await time.sleep(does === 'hang' ? 1e9 : 100);
    delivery.to = time.now();
    if (does === 'throw') throw new Error('expected');
    const middle = sequenceNumbers[sequenceNumbers.length >> 1];
    return { batchItemFailures: does === 'report' ? [{ itemIdentifier: middle }] : [] };
  };
  const { shards, records, mapping, reshards } = scenario;
  const options: SimulationOptions = {
    createHandler: () => handler as never,
    stream: { shards },
    records: records
      .toSorted((a, b) => a.atMs - b.atMs)
      .map(({ atMs, key }) => ({ atMs, put: { partitionKey: `key ${key}`, data: 'payload' } })),
    mapping,
    ...(reshards && { reshards: [{ atMs: 5_000, split: 'shardId-000000000000' }] }),
    faults: {
      throttles: () => {
        answer = next();
        return answer === 'throttle';
      },
      losesResult: () => answer === 'lose',
    },
  };
  return { simulation: await runSimulation(time, options), deliveries };
}

test('every record has one fate, in batches that keep their size, their shard and the order of each key', async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (scenario) => {
      const { simulation, deliveries } = await run(scenario);
      expect(simulation.records).toHaveLength(scenario.records.length);
      const fates = ['processed', 'discarded'];
      if (scenario.mapping.FunctionResponseTypes.length === 0) fates.push('passed-though-reported');
      for (const { fate } of simulation.records) expect(fates).toContain(fate);
      for (const { sequenceNumbers } of deliveries) {
        expect(sequenceNumbers.length).toBeLessThanOrEqual(scenario.mapping.BatchSize);
        expect(sequenceNumbers.length).toBeGreaterThan(0);
      }
      expect(disorder(simulation, deliveries)).toBeUndefined();
      expect(overlap(deliveries, scenario.mapping.ParallelizationFactor)).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

/** The first key whose records were first delivered out of order. */
function disorder({ records }: Simulation, deliveries: readonly Delivery[]): string | undefined {
  const keys = new Map(
    records.map(({ record }) => [record.sequenceNumber, 'data' in record ? record.partitionKey! : '']),
  );
  const seen = new Set<string>();
  const last = new Map<string, string>();
  for (const sequenceNumber of deliveries.flatMap(({ sequenceNumbers }) => sequenceNumbers)) {
    if (seen.has(sequenceNumber)) continue;
    seen.add(sequenceNumber);
    const key = keys.get(sequenceNumber)!;
    if ((last.get(key) ?? '') > sequenceNumber) return key;
    last.set(key, sequenceNumber);
  }
  return undefined;
}

/** A shard that had more batches in flight at once than lanes; those that hung until their time-out ended there. */
function overlap(deliveries: readonly Delivery[], lanes: number): string | undefined {
  for (const { shardId, from } of deliveries) {
    const beside = deliveries.filter((other) => {
      return other.shardId === shardId && other.from <= from && from < Math.min(other.to, other.from + 3_000);
    });
    if (beside.length > lanes) return `${shardId} at ${from}`;
  }
  return undefined;
}
