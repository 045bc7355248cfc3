import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { deliver } from '../testing/deliveries.ts';
import { type Call, type Downstream, startDownstream } from '../testing/downstream.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';

let queue: QuarantineQueue;
let stock: Downstream;
let handler: typeof import('./handler.ts').handler;
let answer: (call: Call) => number | Promise<number>;

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  stock = await startDownstream((call) => answer(call));
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl, STOCK_URL: stock.url });
  ({ handler } = await import('./handler.ts'));
});

beforeEach(async () => {
  await queue.takeAll();
  stock.calls.length = 0;
});

afterAll(async () => {
  await stock?.stop();
  await queue?.stop();
});

const movements = (count: number) =>
  Array.from({ length: count }, (_, n) => put(`m-${n + 1}`, `article-${n % 2}`, { movement: `m-${n + 1}` }));
const refused = ({ body }: Call): number => (body.movement === 'm-3' ? 400 : 200);

test('with Powertools alone, a movement that can never succeed stands still, and its neighbours run again and again', async () => {
  answer = refused;
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  const recordHandler = async ({ kinesis }: KinesisStreamRecord): Promise<void> => {
    const body = Buffer.from(kinesis.data, 'base64').toString();
    const response = await fetch(`${process.env.STOCK_URL}/movements`, { method: 'POST', body });
    if (!response.ok) throw new Error('refused');
  };
  const plain = (event: KinesisStreamEvent, context: Context) =>
    processPartialResponse(event, recordHandler, processor, { context });

  await expect(deliver(plain, movements(6))).rejects.toThrow('m-3 is still in the way');

  expect((await stock.done('movement')).filter((movement) => movement === 'm-6').length).toBeGreaterThan(1);
});

test('with Undam it lies in the queue after three attempts, and everything else is done once, in the order of its article', async () => {
  answer = refused;
  const batch = movements(6);

  const deliveries = await deliver(handler, batch);

  expect(deliveries).toMatchObject([{ reported: [] }]);
  const done = await stock.done('movement');
  expect(done.filter((movement) => ['m-1', 'm-5'].includes(String(movement)))).toEqual(['m-1', 'm-5']);
  expect(done.filter((movement) => ['m-2', 'm-4', 'm-6'].includes(String(movement)))).toEqual(['m-2', 'm-4', 'm-6']);
  expect(done).toHaveLength(5);
  expect(await queue.takeAll()).toMatchObject([
    { reason: 'attempts-exhausted', attempts: { failed: 3 }, data: batch[2]?.data.toString('base64') },
  ]);
});

test('one that hangs ends with its time, and the response comes before the time-out', async () => {
  let isHanging = true;
  answer = ({ body }) => (isHanging && body.movement === 'm-2' ? new Promise(() => {}) : 200);
  const before = (delivery: number) => {
    isHanging = delivery === 1;
  };

  const deliveries = await deliver(handler, movements(4), { timeoutMs: 1_300, before });

  expect(deliveries).toMatchObject([{ reported: ['m-2', 'm-4'] }, { reported: [] }]);
  expect(deliveries[0]?.leftMs).toBeGreaterThan(0);
  expect((await stock.done('movement')).toSorted()).toEqual(['m-1', 'm-2', 'm-3', 'm-4']);
  expect(await queue.takeAll()).toEqual([]);
});
