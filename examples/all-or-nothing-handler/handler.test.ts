import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let metering: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number | Promise<number>;

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  metering = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, METERING_URL: metering.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  metering.calls.length = 0;
});

afterAll(async () => {
  await metering?.stop();
  await queue?.stop();
});

const readings = (count: number) =>
  Array.from({ length: count }, (_, n) => put(`reading-${n + 1}`, `meter-${n + 1}`, { id: `reading-${n + 1}` }));
const idsIn = ({ body }: Call): string[] => (body.readings as { id: string }[]).map(({ id }) => id);
const refused = (call: Call): number => (idsIn(call).includes('reading-6') ? 400 : 200);

test('the bad reading is found by halves and quarantined after three attempts; the others are written in one delivery', async () => {
  answer = refused;
  const batch = readings(8);

  const deliveries = await deliver(handler, batch);

  expect(deliveries).toMatchObject([{ reported: [] }]);
  const written = metering.calls.filter(({ status }) => status === 200).flatMap(idsIn);
  expect(written.sort()).toEqual(batch.map(({ name }) => name).filter((name) => name !== 'reading-6'));
  expect(await queue.takeAll()).toMatchObject([
    { reason: 'attempts-exhausted', attempts: { failed: 3 }, data: batch[5]?.data.toString('base64') },
  ]);
  // Seven calls for one bad reading in eight, and two more attempts on it alone.
  expect(metering.calls.map((call) => idsIn(call).length)).toEqual([8, 4, 4, 2, 1, 1, 1, 1, 2]);
});

test('while the service is down nothing is written and nothing is charged: all readings are held', async () => {
  let isDown = true;
  answer = () => (isDown ? 503 : 200);
  const before = (delivery: number) => {
    isDown = delivery === 1;
  };

  const deliveries = await deliver(handler, readings(8), { before });

  expect(deliveries[0]?.reported).toHaveLength(8);
  expect(deliveries.at(-1)?.reported).toEqual([]);
  expect(await queue.takeAll()).toEqual([]);
});
