import { type SimulateOptions, simulate } from '@undam/simulator';
import '@undam/simulator/vitest';
import { expect, test } from 'vitest';

const poison = 100;
const healthy = Array.from({ length: 200 }, (_, n) => n).filter((n) => n !== poison);

const orders: SimulateOptions = {
  handler: new URL('../src/handler.ts', import.meta.url),
  stubs: { './db.ts': new URL('./db.stub.ts', import.meta.url) },
  records: Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 20,
    put: {
      partitionKey: `customer ${n % 20}`,
      data: `{"id":${n},"total":1,"currency":"${n === poison ? 'none' : 'EUR'}"}`,
    },
  })),
  variables: { QUARANTINE_URL: 'https://sqs.eu-west-1.amazonaws.com/123456789012/quarantine' },
  sampleMs: 1_000,
};

test('a poison order is quarantined, and nothing is lost', async () => {
  const simulation = await simulate({ ...orders, mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } });
  expect(simulation).toLoseNothing();
  expect(simulation).toHandle(healthy);
  expect(simulation).toKeepMoving(60_000);
  expect([...simulation.queues.values()].flat()).toHaveLength(1);
});

test('without a guard, orders are lost', async () => {
  const mapping = { MaximumRetryAttempts: 1 };
  expect(await simulate({ ...orders, exportName: 'unguarded', mapping })).not.toLoseNothing();
});

// @ts-expect-error A bound is a number.
void (() => expect(undefined).toKeepMoving('a minute'));
