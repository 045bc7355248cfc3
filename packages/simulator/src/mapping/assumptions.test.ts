import { describe, expect, test } from '@jest/globals';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
import { kplAggregate } from '../stream/kpl-aggregate.ts';
import { VirtualTime } from '../virtual/virtual-time.ts';
import type { MappingAssumptions } from './assumptions.ts';

interface Options extends Partial<SimulationOptions> {
  readonly answer?: (numbers: readonly number[], time: VirtualTime) => unknown;
}

const arrival = (number: number, atMs = 0, partitionKey = 'key') => ({
  atMs,
  put: { partitionKey, data: String(number) },
});

/** A run, with the numbers of each invocation's records and when it started. */
async function run(assumptions: Partial<MappingAssumptions>, { answer = () => null, ...options }: Options) {
  const time = new VirtualTime();
  const batches: (readonly [atMs: number, ...numbers: number[]])[] = [];
  const handler = async ({ Records }: { Records: readonly { kinesis: { data: string } }[] }): Promise<unknown> => {
    const numbers = Records.map(({ kinesis }) => Number(Buffer.from(kinesis.data, 'base64').toString()));
    batches.push([time.now(), ...numbers]);
    return answer(numbers, time);
  };
  const simulation = await runSimulation(time, {
    createHandler: () => handler as never,
    records: [],
    function: { coldStartMs: 0 },
    assumptions,
    ...options,
  });
  return { simulation, batches };
}

const fails = (): never => {
  throw new Error('expected');
};

describe('assumed', () => {
  test.each([
    ['first', [2, 1]],
    ['second', [1, 2]],
  ] as const)('the middle record of three goes to the %s half', async (middleGoesTo, sizes) => {
    const mapping = { BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 };
    const answer = (numbers: readonly number[]) => (numbers.length === 3 ? fails() : null);
    const records = [1, 2, 3].map((number) => arrival(number));
    const { batches } = await run({ middleGoesTo }, { records, mapping, answer });
    expect(batches.slice(1).map(([, ...numbers]) => numbers.length)).toEqual(sizes);
  });

  test.each([
    ['halves', [2, 3]],
    ['alone', [1, 4]],
  ] as const)('bisect splits a batch whose response names its first record: %s', async (firstReportedSplit, sizes) => {
    const mapping = { BisectBatchOnFunctionError: true, FunctionResponseTypes: ['ReportBatchItemFailures'] } as const;
    const first = { itemIdentifier: `49600000000000000000000000000000000000000${'1'.padStart(15, '0')}` };
    const answer = (numbers: readonly number[]) => ({ batchItemFailures: numbers.length === 5 ? [first] : [] });
    const records = [1, 2, 3, 4, 5].map((number) => arrival(number));
    const { batches } = await run({ firstReportedSplit }, { records, mapping, answer });
    expect(batches.slice(1).map(([, ...numbers]) => numbers.length)).toEqual(sizes);
  });

  test('without a wait a batch comes again a millisecond later, so that a run ends', async () => {
    const { batches } = await run({ backoffMs: [0] }, { records: [arrival(1)], answer: fails, untilMs: 3 });
    expect(batches.map(([atMs]) => atMs)).toEqual([0, 1, 2, 3]);
  });

  test('the wait of a child shard', async () => {
    const reshards = [{ atMs: 2_500, split: 'shardId-000000000000' }];
    const records = [arrival(1), arrival(2, 2_600)];
    const { batches } = await run({ childShardAfterMs: 20_000 }, { records, reshards });
    expect(batches[1]![0]).toBeGreaterThanOrEqual(22_500);
  });

  test.each([
    ['own', ['a', 'b']],
    ['outer', ['outer', 'outer']],
  ] as const)('the key of a user record is its %s', async (userRecordKey, keys) => {
    const data = kplAggregate(['a', 'b'].map((partitionKey) => ({ partitionKey, data: Buffer.from('1') })));
    const records = [{ put: { partitionKey: 'outer', data } }];
    const consumerArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/mine:1';
    const { simulation } = await run({ userRecordKey }, { records, stream: { consumerArn } });
    expect(simulation.records.map(({ record }) => 'data' in record && record.partitionKey)).toEqual(keys);
  });

  test('the time that enhanced fan-out takes', async () => {
    const consumerArn = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/mine:1';
    const { batches } = await run({ enhancedFanOutMs: 70 }, { records: [arrival(1, 10_400)], stream: { consumerArn } });
    expect(batches).toEqual([[10_470, 1]]);
  });

  test.each([
    ['kept', 'RetryAttemptsExhausted'],
    ['fresh', 'RecordAgeExceeded'],
  ] as const)('the counter of what stays when records over age have left is %s', async (counterAfterAge, condition) => {
    const records = [arrival(1), arrival(2, 30_000)];
    // Both are read together: the first is 60 s old after three failures.
    const mapping = { MaximumBatchingWindowInSeconds: 31, MaximumRecordAgeInSeconds: 60, MaximumRetryAttempts: 4 };
    const waits = { backoffMs: [10_000, 10_000, 10_000, 1] };
    const { simulation } = await run({ ...waits, counterAfterAge }, { records, mapping, answer: fails });
    const conditions = simulation.onFailure.map(({ requestContext }) => requestContext.condition);
    expect(conditions).toEqual(['RecordAgeExceeded', condition]);
  });

  test.each([
    ['together', 1],
    ['each', 3],
  ] as const)('records over age go %s', async (recordsOverAge, messages) => {
    const records = [1, 2, 3].map((number) => arrival(number));
    const mapping = { MaximumRecordAgeInSeconds: 60 };
    const { simulation } = await run({ recordsOverAge }, { records, mapping, answer: fails });
    expect(simulation.onFailure).toHaveLength(messages);
    for (const message of simulation.onFailure) {
      expect(message.requestContext.condition).toBe('RecordAgeExceeded');
      expect(message).not.toHaveProperty('responseContext');
    }
  });

  test.each([
    ['itself', true],
    ['shard', false],
  ] as const)('a failing lane stops %s', async (failingLaneStops, goesOn) => {
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`);
    const records = keys.flatMap((key, index) => [arrival(index, 0, key), arrival(index, 5_000, key)]);
    const mapping = { ParallelizationFactor: 4, MaximumRecordAgeInSeconds: 60 };
    const answer = (numbers: readonly number[]) => (numbers.includes(0) ? fails() : null);
    const sorted = records.toSorted((a, b) => a.atMs - b.atMs);
    const { batches } = await run({ failingLaneStops }, { records: sorted, mapping, answer });
    const others = batches.filter(([atMs, ...numbers]) => atMs >= 5_000 && atMs < 55_000 && !numbers.includes(0));
    expect(others.length > 0).toBe(goesOn);
  });
});
