import { expect, test } from '@jest/globals';
import { simulate } from '@undam/simulator';
import '@undam/simulator/jest';

const orders = {
  handler: new URL('./handler.js', import.meta.url),
  records: Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 20,
    put: { partitionKey: `customer ${n % 20}`, data: n === 100 ? '{}' : `{"total":${n}}` },
  })),
  variables: { QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/quarantine' },
  sampleMs: 1_000,
};

test('a poison order is quarantined, and nothing is lost', async () => {
  const mapping = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
  const simulation = await simulate({ ...orders, mapping });
  expect(simulation).toLoseNothing();
  expect(simulation).toKeepMoving(60_000);
  expect([...simulation.queues.values()].flat()).toHaveLength(1);
});

test('without a guard, orders are lost', async () => {
  const mapping = { MaximumRetryAttempts: 1 };
  const simulation = await simulate({ ...orders, exportName: 'unguarded', mapping });
  expect(simulation).not.toLoseNothing();
});
