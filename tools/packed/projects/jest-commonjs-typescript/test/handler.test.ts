import { simulate } from '@undam/simulator';
import '@undam/simulator/jest';
import { healthy, orders } from './orders';

test('a poison order is quarantined, and nothing is lost', async () => {
  const simulation = await simulate({ ...orders, mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } });
  expect(simulation).toLoseNothing();
  expect(simulation).toHandle(healthy);
  expect(simulation).toKeepMoving(60_000);
  expect([...simulation.queues.values()].flat()).toHaveLength(1);
});

// @ts-expect-error A bound is a number.
void (() => expect(undefined).toKeepMoving('a minute'));
