import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { type SimulationResult, simulate } from '@undam/simulator';
import '@undam/simulator/jest';

const poison = 47;
const orders = Array.from({ length: 60 }, (_, n) => n);
const healthy = orders.filter((n) => n !== poison);

/** Sixty orders in three batches of one shard; the mapping discards what is left of a batch after five retries. */
const run = (handler: string): Promise<SimulationResult> =>
  simulate({
    handler: new URL(handler, import.meta.url),
    stubs: { './booking.ts': new URL('./booking.stub.ts', import.meta.url) },
    records: orders.map((orderId) => ({
      atMs: -1,
      put: {
        partitionKey: `customer ${orderId % 10}`,
        data: JSON.stringify({ orderId, total: orderId === poison ? -1 : 9 }),
      },
    })),
    mapping: { BatchSize: 20, MaximumRetryAttempts: 5, FunctionResponseTypes: ['ReportBatchItemFailures'] },
    function: { timeoutMs: 10_000 },
    variables: { QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/quarantine' },
  });

const fates = ({ records }: SimulationResult): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { fate } of records) counts[fate] = (counts[fate] ?? 0) + 1;
  return counts;
};

test('before: Lambda discards the bad order and the twelve behind it, which have run seven times', async () => {
  const before = await run('./before.ts');
  expect(fates(before)).toEqual({ processed: 47, discarded: 13 });
  expect(before.did.filter(({ id }) => id === poison + 1)).toHaveLength(7);
  expect(before.queues.size).toBe(0);
});

test('after: nothing is discarded, nothing runs twice, and the bad order is in the queue', async () => {
  const after = await run('./after.ts');
  expect(fates(after)).toEqual({ processed: 60 });
  expect(after).toLoseNothing();
  expect(after).toHandle(healthy);
  expect(after.did).toHaveLength(healthy.length);
  expect([...after.queues.values()].flat()).toHaveLength(1);
});

test('thirteen lines change', () => {
  const lines = (file: string): string[] => readFileSync(new URL(file, import.meta.url), 'utf8').split('\n');
  const kept = new Set(lines('./before.ts'));
  expect(lines('./after.ts').filter((line) => !kept.has(line))).toHaveLength(13);
});
