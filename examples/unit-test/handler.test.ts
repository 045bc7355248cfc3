import { beforeEach, expect, jest, test } from '@jest/globals';
import { kinesisEvent } from '@undam/simulator';
import type { Context } from 'aws-lambda';
import type { Sink } from 'undam';
import type { Envelope } from 'undam/envelope';
import { createHandler } from './create-handler.ts';

const quarantined: Envelope[] = [];
const sink: Sink = {
  async send(envelopes) {
    quarantined.push(...envelopes);
    return envelopes.map(() => ({ accepted: true }));
  },
};
const context = {
  awsRequestId: 'unit-test',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111122223333:function:orders',
  getRemainingTimeInMillis: () => 10_000,
} as Context;
const service = jest.spyOn(globalThis, 'fetch');
jest.spyOn(console, 'warn').mockImplementation(() => {});

beforeEach(() => {
  quarantined.length = 0;
  service.mockReset().mockImplementation(async () => new Response());
});

const batch = kinesisEvent([
  { partitionKey: 'customer 1', data: { orderId: 'a', total: -5 } },
  { partitionKey: 'customer 2', data: { orderId: 'b', total: 5 } },
]);

test('a negative total is quarantined at once, and its neighbour is done', async () => {
  expect(await createHandler(sink)(batch, context)).toEqual({ batchItemFailures: [] });
  expect(quarantined).toMatchObject([{ reason: 'permanent', attempts: { started: 1 } }]);
  expect(service).toHaveBeenCalledTimes(1);
});

test('a handler remembers what is done behind a reported record; a new one has an empty ledger', async () => {
  const full: Sink = {
    send: async (envelopes) => envelopes.map(() => ({ accepted: false, error: 'the queue is full' })),
  };
  const handler = createHandler(full);
  const reported = { batchItemFailures: [{ itemIdentifier: batch.Records[0]?.kinesis.sequenceNumber }] };
  expect(await handler(batch, context)).toEqual(reported);
  expect(await handler(batch, context)).toEqual(reported);
  expect(service).toHaveBeenCalledTimes(1);

  await createHandler(sink)(batch, context);
  expect(service).toHaveBeenCalledTimes(2);
});
