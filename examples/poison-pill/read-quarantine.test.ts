import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { deliver } from '../testing/deliveries.ts';
import { type QuarantineQueue, startQuarantineQueue } from '../testing/quarantine-queue.ts';
import { put } from '../testing/shard.ts';
import { readQuarantine } from './read-quarantine.ts';

let queue: QuarantineQueue;
let handler: typeof import('./handler.ts').handler;

beforeAll(async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => {});
  queue = await startQuarantineQueue();
  Object.assign(process.env, { QUARANTINE_URL: queue.queueUrl });
  ({ handler } = await import('./handler.ts'));
});

afterAll(() => queue?.stop());

const invalidPayment = () => put('invalid', 'anna', { paymentId: 'invalid', amountInCents: -5 });

async function messagesLeft(): Promise<number> {
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const command = new GetQueueAttributesCommand({ QueueUrl: queue.queueUrl, AttributeNames: [...AttributeNames] });
  const { Attributes } = await queue.client.send(command);
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes?.[name]), 0);
}

test('a payment comes back as it was put, with why it is there, and leaves the queue', async () => {
  const payment = invalidPayment();
  await deliver(handler, [payment]);
  const review = jest.fn(async () => {});

  await readQuarantine(queue.client, queue.queueUrl, review);

  const why = { reason: 'permanent', error: { name: 'AssertionError' }, origin: { partitionKey: 'anna' } };
  expect(review.mock.calls).toEqual([[expect.objectContaining({ version: 1 }), payment.data]]);
  expect(review.mock.calls).toMatchObject([[why, {}]]);
  expect(await messagesLeft()).toBe(0);
});

test('a payment that was quarantined twice, as after a lost response, is reviewed once', async () => {
  const payment = invalidPayment();
  await deliver(handler, [payment]);
  await deliver(handler, [payment]);
  const review = jest.fn(async () => {});
  expect(await messagesLeft()).toBe(2);

  await readQuarantine(queue.client, queue.queueUrl, review);

  expect(review).toHaveBeenCalledTimes(1);
  expect(await messagesLeft()).toBe(0);
});

test('a payment whose review fails stays in the queue', async () => {
  await deliver(handler, [invalidPayment()]);
  const review = async () => {
    throw new Error('nobody is there to look at it');
  };

  await expect(readQuarantine(queue.client, queue.queueUrl, review)).rejects.toThrow('nobody is there');

  expect(await messagesLeft()).toBe(1);
});
