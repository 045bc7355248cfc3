import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let booking: Downstream;
let handler: typeof import('./handler.ts').handler;
const warnings = jest.spyOn(console, 'warn').mockImplementation(() => {});

beforeAll(async () => {
  queue = await startQuarantineQueue();
  booking = await startDownstream(() => 200);
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

const order = (orderId: string, change: object = {}) =>
  put(orderId, orderId, {
    orderId,
    customer: { name: 'Anna', email: 'anna@example.com' },
    items: [
      { sku: 'tea', quantity: 2 },
      { sku: 'kettle', quantity: 1 },
    ],
    placedAt: '2026-01-31T12:00:00Z',
    ...change,
  });

test('the handler gets what the schema makes of a payload: defaults filled in, dates read', async () => {
  expect(await deliver(handler, [order('order-1'), order('order-2', { currency: 'USD' })])).toMatchObject([
    { reported: [] },
  ]);
  const bookings = booking.calls.map(({ body }) => body).toSorted((a, b) => (`${a.orderId}` < `${b.orderId}` ? -1 : 1));
  expect(bookings).toEqual([
    { orderId: 'order-1', pieces: 3, year: 2026, in: 'EUR' },
    { orderId: 'order-2', pieces: 3, year: 2026, in: 'USD' },
  ]);
});

test('what is no order is quarantined at once as it was put, and the queue says what is wrong where', async () => {
  const bad = [
    order('quantity', {
      items: [
        { sku: 'tea', quantity: 2 },
        { sku: 'secret', quantity: 'secret' },
      ],
    }),
    order('email', { customer: { name: 'Ben', email: 'secret' } }),
    order('empty', { items: [] }),
    put('no JSON', 'x', '{"orderId":"secret"'),
  ];

  const deliveries = await deliver(handler, [order('order-1'), ...bad, order('order-2')]);

  expect(deliveries).toMatchObject([{ reported: [] }]);
  expect((await booking.done('orderId')).toSorted()).toEqual(['order-1', 'order-2']);
  const quarantined = await queue.takeAll();
  const kept = new Map(quarantined.map(({ origin, ...rest }) => [origin.sequenceNumber, rest]));
  expect(bad.map(({ sequenceNumber }) => kept.get(sequenceNumber)?.error?.message)).toEqual([
    'undam: the data does not match the schema: items[1].quantity: expected number (invalid_type)',
    'undam: the data does not match the schema: customer.email: invalid_format email',
    'undam: the data does not match the schema: items: too_small',
    'undam: the data is not JSON in UTF-8',
  ]);
  for (const { sequenceNumber, data } of bad) {
    const { reason, attempts, data: bytes } = kept.get(sequenceNumber)!;
    expect([reason, attempts.started, bytes]).toEqual(['undecodable', 1, data.toString('base64')]);
  }
});

test('the log shows nothing of a payload', async () => {
  await deliver(handler, [order('order-1', { customer: { name: 'Ben', email: 'secret' } })]);

  const lines = warnings.mock.calls.map(([line]) => String(line));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { undam: 'quarantined', reason: 'undecodable' },
    { undam: 'attempt-failed', stage: 'decode', errorCode: 'undecodable', records: 1 },
  ]);
  expect(lines.join()).not.toMatch(/secret|Ben|order-1/);
});
