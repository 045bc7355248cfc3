import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';
import { handler as existing } from './existing.ts';

let queue: QuarantineQueue;
let tracking: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number | Promise<number>;

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  jest.spyOn(console, 'error').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  tracking = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, TRACKING_URL: tracking.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  tracking.calls.length = 0;
});

afterAll(async () => {
  await tracking?.stop();
  await queue?.stop();
});

const refused = ({ body }: Call): number => (body.scan === 'scan-3' ? 400 : 200);
const scans = (count: number) =>
  Array.from({ length: count }, (_, n) => put(`scan-${n + 1}`, `parcel-${n % 2}`, { scan: `scan-${n + 1}` }));

test('left alone, the handler stands still at the first scan that can never succeed', async () => {
  answer = refused;

  await expect(deliver(existing, scans(6))).rejects.toThrow('scan-3 is still in the way');

  expect(await tracking.done('scan')).toEqual(['scan-1', 'scan-2']);
});

test('wrapped, it is called again behind the bad scan, which lies in the queue after three attempts', async () => {
  answer = refused;
  const batch = scans(6);

  const deliveries = await deliver(handler, batch);

  expect(deliveries).toMatchObject([
    { delivered: ['scan-1', 'scan-2', 'scan-3', 'scan-4', 'scan-5', 'scan-6'], reported: expect.anything() },
    { delivered: ['scan-3', 'scan-4', 'scan-5', 'scan-6'], reported: expect.anything() },
    { delivered: ['scan-3', 'scan-4', 'scan-5', 'scan-6'], reported: [] },
  ]);
  expect(tracking.calls.map(({ body }) => body.scan)).toEqual([
    ...['scan-1', 'scan-2', 'scan-3'],
    'scan-3',
    ...['scan-3', 'scan-4', 'scan-5', 'scan-6'],
  ]);
  expect(await queue.takeAll()).toMatchObject([
    { reason: 'attempts-exhausted', attempts: { failed: 3 }, data: batch[2]?.data.toString('base64') },
  ]);
});

test('when it hangs, the invocation fails before its time-out, the halves come again, and no scan is charged', async () => {
  let isHanging = true;
  answer = ({ body }) => (isHanging && body.scan === 'scan-3' ? new Promise(() => {}) : 200);
  const before = (delivery: number) => {
    isHanging = delivery === 1;
  };

  const deliveries = await deliver(handler, scans(6), { timeoutMs: 1_300, before });

  expect(deliveries).toMatchObject([
    { error: { code: 'budget-ended' } },
    { delivered: ['scan-1', 'scan-2', 'scan-3'], reported: [] },
    { delivered: ['scan-4', 'scan-5', 'scan-6'], reported: [] },
  ]);
  expect(deliveries[0]?.leftMs).toBeGreaterThan(0);
  // A handler that hangs does not say how far it came: the scans before the hanging one run again.
  const behindTheHang = ['scan-1', 'scan-2', 'scan-3', 'scan-4', 'scan-5', 'scan-6'];
  expect(await tracking.done('scan')).toEqual(['scan-1', 'scan-2', ...behindTheHang]);
  expect(await queue.takeAll()).toEqual([]);
});
