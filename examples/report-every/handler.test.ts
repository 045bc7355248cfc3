import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';
import { handler as existing } from './existing.ts';

let queue: QuarantineQueue;
let messaging: Downstream;
let handler: typeof import('./handler.ts').handler;

const refused = ({ body }: Call): number => (body.to === 'message-2' ? 422 : 200);
const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => put(`message-${n + 1}`, `customer-${n + 1}`, { to: `message-${n + 1}` }));

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  messaging = await startDownstream(refused);
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, MESSAGING_URL: messaging.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  messaging.calls.length = 0;
});

afterAll(async () => {
  await messaging?.stop();
  await queue?.stop();
});

test('left alone, it sends what stands behind the failure again with each delivery, and never gets past it', async () => {
  await expect(deliver(existing, messages(4))).rejects.toThrow('message-2 is still in the way');

  expect((await messaging.done('to')).filter((to) => to === 'message-4')).toHaveLength(20);
});

test('wrapped, each message is sent once, and the bad one lies in the queue after two attempts', async () => {
  const deliveries = await deliver(handler, messages(4));

  expect(deliveries).toMatchObject([{ reported: ['message-2'] }, { reported: [] }]);
  expect((await messaging.done('to')).sort()).toEqual(['message-1', 'message-3', 'message-4']);
  expect(await queue.takeAll()).toMatchObject([{ reason: 'attempts-exhausted', attempts: { failed: 2 } }]);
});
