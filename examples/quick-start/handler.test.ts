import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let booking: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number;
const warnings = jest.spyOn(console, 'warn').mockImplementation(() => {});

beforeAll(async () => {
  queue = await startQuarantineQueue();
  booking = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, BOOKING_URL: booking.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  booking.calls.length = 0;
  warnings.mockClear();
});

afterAll(async () => {
  await queue?.stop();
  await booking?.stop();
});

const refused = ({ body }: Call): number => (body.total === -1 ? 500 : 200);
const order = (orderId: string, customerId: string, total = 4_200) =>
  put(orderId, customerId, { orderId, customerId, total });

test('bad orders go to the queue as they were put, and every other order is booked once', async () => {
  answer = refused;
  const refusedOrder = order('order-2', 'ben', -1);
  const brokenOrder = put('order-3', 'cora', '{"orderId":"order-3","total":');

  const deliveries = await deliver(handler, [
    order('order-1', 'anna'),
    refusedOrder,
    brokenOrder,
    order('order-4', 'anna'),
    order('order-5', 'ben'),
    order('order-6', 'cora'),
    order('order-7', 'dora'),
  ]);

  expect(deliveries).toMatchObject([{ reported: [] }]);
  expect((await booking.done('orderId')).toSorted()).toEqual(['order-1', 'order-4', 'order-5', 'order-6', 'order-7']);
  const quarantined = await queue.takeAll();
  const kept = quarantined.map(({ origin, reason, data }) => [origin.sequenceNumber, reason, data]).toSorted();
  expect(kept).toEqual([
    [refusedOrder.sequenceNumber, 'attempts-exhausted', refusedOrder.data.toString('base64')],
    [brokenOrder.sequenceNumber, 'undecodable', brokenOrder.data.toString('base64')],
  ]);
});

test("a customer's later order waits until the bad one is out of the way", async () => {
  answer = refused;
  const orders = [order('bad', 'ben', -1), order('next', 'ben'), order('other-1', 'anna'), order('other-2', 'anna')];

  await deliver(handler, orders);

  const ofBen = booking.calls.filter(({ body }) => body.customerId === 'ben').map(({ body }) => body.orderId);
  expect(ofBen).toEqual(['bad', 'bad', 'bad', 'next']);
  expect(await queue.takeAll()).toHaveLength(1);
});

test('an order that is refused once is tried again in place, and the queue stays empty', async () => {
  let refusals = 0;
  answer = ({ body }) => (body.orderId === 'order-1' && refusals++ === 0 ? 500 : 200);

  const deliveries = await deliver(handler, [order('order-1', 'anna'), order('order-2', 'ben')]);

  expect(deliveries).toHaveLength(1);
  expect((await booking.done('orderId')).toSorted()).toEqual(['order-1', 'order-2']);
  expect(await queue.takeAll()).toEqual([]);
});

test('while the queue is missing, the bad order is delivered again, and nothing is booked twice', async () => {
  answer = refused;
  const orders = [order('order-1', 'anna'), order('order-2', 'ben', -1), order('order-3', 'anna')];
  await queue.client.send(new DeleteQueueCommand({ QueueUrl: queue.queueUrl }));
  const before = async (delivery: number) => {
    if (delivery === 2) await queue.client.send(new CreateQueueCommand({ QueueName: 'quarantine' }));
  };

  const deliveries = await deliver(handler, orders, { timeoutMs: 2_500, before });

  expect(deliveries).toMatchObject([
    { delivered: ['order-1', 'order-2', 'order-3'], reported: ['order-2'] },
    { delivered: ['order-2', 'order-3'], reported: [] },
  ]);
  expect(await booking.done('orderId')).toEqual(['order-1', 'order-3']);
  expect(await queue.takeAll()).toMatchObject([{ attempts: { failed: 3 } }]);
});

test('the log names what was quarantined, of which error and where, and shows nothing of it', async () => {
  answer = refused;

  await deliver(handler, [order('order-1', 'ben', -1)]);

  const lines = warnings.mock.calls.map(([line]) => String(line));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { undam: 'quarantined', reason: 'attempts-exhausted' },
    { undam: 'attempt-failed', errorName: 'Error', at: expect.stringMatching(/^book \(.*handler\.ts:/), records: 1 },
  ]);
  expect(lines.join()).not.toMatch(/order-1|ben/);
});
