import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let gateway: Downstream;
let handler: typeof import('./handler.ts').handler;
let isDown = false;

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  gateway = await startDownstream((call) => (isDown ? 503 : capture(call)));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, GATEWAY_URL: gateway.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  gateway.calls.length = 0;
});

afterAll(async () => {
  await queue?.stop();
  await gateway?.stop();
});

function capture({ body }: Call): number {
  if (body.amountInCents === 422) return 422;
  return body.amountInCents === 500 ? 500 : 200;
}

const payment = (paymentId: string, account: string, amountInCents: number) =>
  put(paymentId, account, { paymentId, amountInCents });

const callsFor = (paymentId: string) => gateway.calls.filter(({ body }) => body.paymentId === paymentId).length;

test('a payment that can never be captured is quarantined at its first attempt, any other failing one at its third', async () => {
  const invalid = payment('invalid', 'anna', -5);
  const rejected = payment('rejected', 'ben', 422);
  const unlucky = payment('unlucky', 'cora', 500);
  const good = ['anna', 'ben', 'cora', 'dora', 'dora'].map((account, n) => payment(`good-${n}`, account, 4_200));

  const deliveries = await deliver(handler, [invalid, rejected, unlucky, ...good]);

  expect(deliveries).toMatchObject([{ reported: [] }]);
  expect([callsFor('invalid'), callsFor('rejected'), callsFor('unlucky')]).toEqual([0, 1, 3]);
  expect((await gateway.done('paymentId')).toSorted()).toEqual(good.map(({ name }) => name));
  const quarantined = await queue.takeAll();
  expect(quarantined.map(({ origin, reason, data }) => [origin.sequenceNumber, reason, data]).toSorted()).toEqual([
    [invalid.sequenceNumber, 'permanent', invalid.data.toString('base64')],
    [rejected.sequenceNumber, 'permanent', rejected.data.toString('base64')],
    [unlucky.sequenceNumber, 'attempts-exhausted', unlucky.data.toString('base64')],
  ]);
});

test('payments survive an outage of more deliveries than attempts: each is captured once, in order, none is quarantined', async () => {
  const names = ['anna-1', 'anna-2', 'ben-1', 'ben-2'];
  const payments = names.map((name) => payment(name, name.slice(0, -2), 4_200));
  const before = (delivery: number) => {
    isDown = delivery <= 4;
  };

  const deliveries = await deliver(handler, payments, { before });

  expect(deliveries.map(({ reported }) => reported)).toEqual([names, names, names, names, []]);
  // While the first payment of an account is held, the next does not even start.
  expect([callsFor('anna-1'), callsFor('anna-2')]).toEqual([5, 1]);
  const captured = await gateway.done('paymentId');
  expect(captured.filter((name) => String(name).startsWith('anna'))).toEqual(['anna-1', 'anna-2']);
  expect(captured.filter((name) => String(name).startsWith('ben'))).toEqual(['ben-1', 'ben-2']);
  expect(captured).toHaveLength(4);
  expect(await queue.takeAll()).toEqual([]);
});

test('a gateway that cannot be reached is an outage too, and a poison pill is found all the same', async () => {
  const poison = payment('invalid', 'ben', 0);
  const before = (delivery: number) => {
    process.env.GATEWAY_URL = delivery <= 4 ? 'http://127.0.0.1:1' : gateway.url;
  };

  const deliveries = await deliver(handler, [payment('good', 'anna', 4_200), poison], { before });

  expect(deliveries.map(({ reported }) => reported)).toEqual([['good'], ['good'], ['good'], ['good'], []]);
  expect(await gateway.done('paymentId')).toEqual(['good']);
  expect(await queue.takeAll()).toMatchObject([{ reason: 'permanent', data: poison.data.toString('base64') }]);
});
