import { describe, expect, test } from '@jest/globals';
import { runSimulation, type SimulationOptions } from '../simulation.ts';
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
    handler: () => handler as never,
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
    [false, [2, 3]],
    [true, [2]],
  ])('bisect on a response that names the first record: %s', async (bisectOnFirstReported, discarded) => {
    const mapping = {
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 1,
    } as const;
    const first = '49600000000000000000000000000000000000000';
    const second = { itemIdentifier: `${first}${'2'.padStart(15, '0')}` };
    const answer = (numbers: readonly number[]) => ({ batchItemFailures: numbers.includes(2) ? [second] : [] });
    const records = [1, 2, 3].map((number) => arrival(number));
    const { simulation } = await run({ bisectOnFirstReported }, { records, mapping, answer });
    const fates = simulation.records.map(({ fate }, index) => (fate === 'discarded' ? index + 1 : 0));
    expect(fates.filter((number) => number > 0)).toEqual(discarded);
  });

  test.each([
    ['throttled', 'expired', []],
    ['function-error', 'discarded', [3]],
  ] as const)('a record over 6 MB is %s', async (recordTooLarge, fate, counts) => {
    const records = [{ put: { partitionKey: 'key', data: new Uint8Array(5_000_000) } }];
    const { simulation, batches } = await run({ recordTooLarge }, { records, mapping: { MaximumRetryAttempts: 2 } });
    expect(batches).toEqual([]);
    expect(simulation.records.map((record) => record.fate)).toEqual([fate]);
    expect(simulation.onFailure.map(({ requestContext }) => requestContext.approximateInvokeCount)).toEqual(counts);
  });

  test.each([
    ['reopens', 25_000],
    ['over', 20_000],
  ] as const)('a batching window that ended without a record %s', async (emptyBatchingWindow, startedMs) => {
    const records = [arrival(1), arrival(2, 20_000)];
    const mapping = { MaximumBatchingWindowInSeconds: 5 };
    const { batches } = await run({ emptyBatchingWindow }, { records, mapping });
    expect(batches).toEqual([
      [5_000, 1],
      [startedMs, 2],
    ]);
  });

  test('a lane waits for the delivery to OnFailure', async () => {
    const records = [arrival(1), arrival(2)];
    const mapping = { BatchSize: 1, MaximumRetryAttempts: 0 };
    const { batches } = await run({ onFailureDeliveryMs: 250 }, { records, mapping, answer: fails });
    expect(batches).toEqual([
      [0, 1],
      [250, 2],
    ]);
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
