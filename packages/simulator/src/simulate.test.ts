import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type SimulateOptions, simulate } from './simulate.ts';

const handler = new URL('./orders.fixture.ts', import.meta.url);
const orders = Array.from({ length: 200 }, (_, index) => ({
  atMs: index * 50,
  put: {
    partitionKey: `customer ${index % 20}`,
    data: index === 70 ? '{"kind":"poison"}' : index === 30 ? '{"kind":"slow"}' : '{}',
  },
}));
const options: SimulateOptions = {
  handler,
  records: orders,
  stream: { shards: 2 },
  mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'], BisectBatchOnFunctionError: true },
};

const failing = { records: orders.slice(0, 1), mapping: { MaximumRetryAttempts: 2 } };

describe('an unchanged handler in a simulation', () => {
  test('loses nothing: every record is passed, the bad ones lie in the queue', async () => {
    const { records, queues, onFailure } = await simulate(options);
    expect(records.map(({ fate }) => fate)).toEqual(Array(200).fill('processed'));
    const bodies = [...queues.values()].flat().map(({ body }) => JSON.parse(body) as { reason: string; data: string });
    expect(bodies.map(({ reason }) => reason).sort()).toEqual(['attempts-exhausted', 'timed-out']);
    expect(onFailure).toEqual([]);
  });

  test('comes to the same timeline every time', async () => {
    const timeline = async (): Promise<string> => {
      const { invocations, records, queues } = await simulate({ ...options, seed: 7 });
      return JSON.stringify([invocations, records, [...queues]]);
    };
    expect(await timeline()).toBe(await timeline());
  });

  test('comes to the same timeline on every version of Node', async () => {
    const { invocations, records } = await simulate({ ...options, exportName: 'ambient', seed: 'fixed' });
    expect(invocations.length).toBeGreaterThan(20);
    // A change of the simulator's rules or of its use of randomness moves this; a version of Node may not.
    const hash = createHash('sha256').update(JSON.stringify([invocations, records]));
    expect(hash.digest('hex').slice(0, 16)).toBe('db3edb7ae8387ffc');
  });

  test('keeps its module state while its environment lives', async () => {
    const { invocations } = await simulate({ ...options, ...failing, exportName: 'counting' });
    expect(invocations.map(({ end }) => end)).toEqual(['error', 'error', 'error']);
    expect(new Set(invocations.map(({ environment }) => environment)).size).toBe(1);
  });

  test('dies of a rejection that nobody handles', async () => {
    const { invocations } = await simulate({ ...options, ...failing, exportName: 'leavesARejection' });
    expect(invocations.map(({ end }) => end)).toEqual(['crashed', 'crashed', 'crashed']);
  });

  test('a missing export is named', async () => {
    await expect(simulate({ ...options, exportName: 'nothing' })).rejects.toThrow(/exported as nothing, got/);
  });
});
