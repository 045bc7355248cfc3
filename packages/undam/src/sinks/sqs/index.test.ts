import { SQS, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { anEnvelope, incompressible, many } from '../../../test/kit/envelope.ts';
import { expectWithinLimits, openQueueFront, type QueueFront, sortedIds } from '../../../test/kit/queue-front.ts';
import { type QueueServer, startQueueServer } from '../../../test/kit/queue-server.ts';
import { accepted, limits } from '../../../test/kit/sink-contract.ts';
import { decodeEnvelope } from '../../envelope/decode.ts';
import type { Sink } from '../sink.ts';
import { type SqsSinkOptions, sqsSink } from './index.ts';

let server: QueueServer;
let front: QueueFront;
let sink: Sink;

beforeAll(async () => {
  server = await startQueueServer();
});
beforeEach(async () => {
  front = await openQueueFront(server);
  sink = sqsSink({ queueUrl: front.queueUrl, endpoint: front.url });
});
afterEach(() => front.close());
afterAll(() => server.close());

test('25 envelopes are 3 calls within the limits of AWS', async () => {
  expect(await sink.send(many(25), limits())).toEqual(accepted(25));
  expect(callSizes()).toEqual([5, 10, 10]);
  for (const call of front.calls) expectWithinLimits(call);
  expect(sortedIds(await front.takeStored())).toEqual(sortedIds(many(25)));
});

test('the queue can be filtered by attributes, and the payload comes back byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  await sink.send([anEnvelope(1, { data: bytes.toString('base64') })], limits());
  const [message] = await server.takeAll(front.queueUrl);
  expect(message?.MessageAttributes).toMatchObject({ reason: { StringValue: 'attempts-exhausted' } });
  expect(JSON.stringify(message?.MessageAttributes)).not.toContain('key-1');
  expect(Buffer.from(decodeEnvelope(message?.Body ?? '').data, 'base64')).toEqual(bytes);
});

test('large messages are split so that no call exceeds 1 MiB', async () => {
  const sent = many(7, { data: incompressible(220_000) });
  expect(await sink.send(sent, limits())).toEqual(accepted(7));
  expect(callSizes()).toEqual([1, 3, 3]);
  for (const call of front.calls) expectWithinLimits(call);
  expect(await front.takeStored()).toHaveLength(7);
});

test('1 MiB that compresses is stored whole, 1 MiB that does not is refused with its size, and the others go', async () => {
  const sent = [
    anEnvelope(1),
    anEnvelope(2, { data: incompressible(800_000) }),
    anEnvelope(3, { data: Buffer.alloc(1_048_576, 'text ').toString('base64') }),
  ];
  const results = await sink.send(sent, limits());
  expect(results.map((result) => result.accepted)).toEqual([true, false, true]);
  expect(results[1]).toMatchObject({
    error: {
      code: 'sink-refused',
      message: expect.stringMatching(/the message has 106\d{4} bytes.*accepts 1048576; raise .*MaximumMessageSize/),
    },
  });
  expect(await front.takeStored()).toStrictEqual([sent[0], sent[2]]);
  for (const call of front.calls) expectWithinLimits(call);
});

test("a message above the queue's own MaximumMessageSize fails alone, and its smallest form may fit", async () => {
  const small = await openQueueFront(server, '', { MaximumMessageSize: '2048' });
  const sent = [
    anEnvelope(1),
    anEnvelope(2, { data: Buffer.alloc(3_000).toString('base64') }),
    anEnvelope(3, { data: incompressible(3_000) }),
  ];
  const results = await sqsSink({ queueUrl: small.queueUrl, endpoint: small.url }).send(sent, limits());
  expect(results.map((result) => result.accepted)).toEqual([true, true, false]);
  expect(results[2]).toMatchObject({
    error: { code: 'sink-refused', message: expect.stringContaining('InvalidParameterValue') },
  });
  expect(small.calls.map(({ entries }) => entries.map(({ Id }) => Id))).toEqual([
    ['0', '1', '2'],
    ['1', '2'],
  ]);
  expect((await small.takeStored()).map(({ data }) => data)).toEqual([sent[0]?.data, sent[1]?.data]);
  await small.close();
});

test('a lower maxMessageBytes is kept before anything is sent', async () => {
  const strict = sqsSink({ queueUrl: front.queueUrl, endpoint: front.url, maxMessageBytes: 2_048 });
  const results = await strict.send([anEnvelope(1), anEnvelope(2, { data: incompressible(3_000) })], limits());
  expect(results.map((result) => result.accepted)).toEqual([true, false]);
  expect(front.calls.map(({ entries }) => entries.map(({ Id }) => Id))).toEqual([['0']]);
});

test('without an endpoint the host of the queue URL is called', async () => {
  expect(await sqsSink({ queueUrl: front.queueUrl }).send([anEnvelope(1)], limits())).toEqual(accepted(1));
  expect(front.calls).toHaveLength(0);
  expect(sortedIds(await front.takeStored())).toEqual([anEnvelope(1).id]);
});

test('a ready client is used as it is', async () => {
  const client = new SQSClient({ endpoint: front.url, region: 'us-east-1' });
  expect(await sqsSink({ queueUrl: front.queueUrl, client }).send([anEnvelope(2)], limits())).toEqual(accepted(1));
  client.destroy();
  expect(front.calls).toHaveLength(1);
  expect(await front.takeStored()).toStrictEqual([anEnvelope(2)]);
});

test('an SQS, which sends by itself, does the same', async () => {
  const client = new SQS({ endpoint: front.url, region: 'us-east-1' });
  expect(await sqsSink({ queueUrl: front.queueUrl, client }).send([anEnvelope(2)], limits())).toEqual(accepted(1));
  client.destroy();
  expect(await front.takeStored()).toStrictEqual([anEnvelope(2)]);
});

describe('the check', () => {
  const check = (options: Partial<SqsSinkOptions> = {}, permissions = true) =>
    sqsSink({ queueUrl: front.queueUrl, endpoint: front.url, ...options }).check?.({ permissions });

  test('makes no call unless it is asked to, and stores nothing then', async () => {
    expect(await check({}, false)).toEqual([]);
    expect(front.calls).toHaveLength(0);
    expect(await check()).toEqual([]);
    expect(front.calls).toHaveLength(1);
    expect(await front.takeStored()).toEqual([]);
  });

  test('names an address without a server', async () => {
    expect(await check({ endpoint: 'http://127.0.0.1:1' })).toEqual([
      { what: expect.stringContaining('SQS could not be called: E'), remedy: expect.stringContaining('VPC') },
    ]);
  });

  test.each([
    ['AccessDenied', 403, 'sqs:SendMessage'],
    ['QueueDoesNotExist', 400, 'correct queueUrl'],
    ['KmsDisabled', 400, 'kms:GenerateDataKey'],
    ['InvalidClientTokenId', 403, 'role'],
    ['InvalidSecurity', 403, 'SQS API reference'],
  ])('of %s says how to mend it', async (name, httpStatusCode, remedy) => {
    const error = Object.assign(new Error('words'), { name, $metadata: { httpStatusCode } });
    const client = { sendMessageBatch: () => Promise.reject(error) };
    expect(await sqsSink({ queueUrl: front.queueUrl, client }).check?.({ permissions: true })).toEqual([
      { what: expect.stringContaining(name), remedy: expect.stringContaining(remedy) },
    ]);
  });
});

/** How many entries each call had; the calls of a standard queue arrive in any order. */
function callSizes(): number[] {
  return front.calls.map(({ entries }) => entries.length).sort((a, b) => a - b);
}
