import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let readings: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number | Promise<number>;
const never = new Promise<number>(() => {});

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  readings = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, READINGS_URL: readings.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  readings.calls.length = 0;
});

afterAll(async () => {
  await readings?.stop();
  await queue?.stop();
});

const reading = (name: string, deviceId: string) => put(name, deviceId, { name, deviceId, celsius: 21 });
const attemptsOn = (name: string) =>
  readings.calls.filter(({ body }) => body.name === name).map(({ headers }) => headers['x-attempt']);

test('a reading whose call hangs is given three times recordMs, hung up on each time, then quarantined', async () => {
  answer = ({ body }) => (body.name === 'stuck' ? never : 200);
  const stuck = reading('stuck', 'oven');
  const others = ['fridge-1', 'fridge-2', 'cellar-1', 'cellar-2'].map((name) => reading(name, name.slice(0, -2)));

  const deliveries = await deliver(handler, [stuck, reading('behind', 'oven'), ...others], { timeoutMs: 4_000 });

  expect(deliveries.at(-1)).toMatchObject({ reported: [] });
  expect(attemptsOn('stuck')).toEqual(['1', '2', '3']);
  const callsOfStuck = readings.calls.filter(({ body }) => body.name === 'stuck');
  await Promise.all(callsOfStuck.map(({ ended }) => ended));
  expect(callsOfStuck.map(({ outcome }) => outcome)).toEqual(['gone', 'gone', 'gone']);
  const stored = await readings.done('name');
  expect(stored.toSorted()).toEqual(['behind', 'cellar-1', 'cellar-2', 'fridge-1', 'fridge-2']);
  // Only the next reading of its own device waited for it.
  expect(stored.at(-1)).toBe('behind');
  expect(await queue.takeAll()).toMatchObject([
    { reason: 'timed-out', attempts: { failed: 0, timedOut: 3 }, data: stuck.data.toString('base64') },
  ]);
});

test('what the batch has no time for is delivered again, keeps its attempts and is stored once', async () => {
  const names = Array.from({ length: 30 }, (_, n) => `reading-${n + 1}`);
  // One after the other they take all five slots: the readings after the last of them have no turn.
  const slow = ['reading-3', 'reading-9', 'reading-14', 'reading-20', 'reading-26'];
  const withoutTurn = ['reading-27', 'reading-28', 'reading-29', 'reading-30'];
  let isSlow = true;
  answer = ({ body }) => (isSlow && slow.includes(String(body.name)) ? never : 200);
  const before = (delivery: number) => {
    isSlow = delivery === 1;
  };
  const batch = names.map((name) => reading(name, `device of ${name}`));

  // The budget ends after 400 ms, before the recordMs of the slow readings.
  const deliveries = await deliver(handler, batch, { timeoutMs: 1_400, before });

  expect(deliveries).toMatchObject([
    { reported: [...slow, ...withoutTurn] },
    { delivered: names.slice(2), reported: [] },
  ]);
  expect(deliveries[0]?.leftMs).toBeGreaterThan(0);
  expect((await readings.done('name')).toSorted()).toEqual(names.toSorted());
  // Cut off in the first delivery, they came again as if never started.
  for (const name of slow) expect(attemptsOn(name)).toEqual(['1', '1']);
  expect(await queue.takeAll()).toEqual([]);
});
