import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Envelope } from '../../src/envelope/index.ts';
import type { Sink } from '../../src/sinks/sink.ts';
import { sqsSink } from '../../src/sinks/sqs/index.ts';
import { anEnvelope, many } from '../kit/envelope.ts';
import { failing } from '../kit/fault-proxy.ts';
import { expectWithinLimits, openQueueFront, type QueueFront, sortedIds } from '../kit/queue-front.ts';
import { type QueueServer, startQueueServer } from '../kit/queue-server.ts';
import { accepted, limits, promptly } from '../kit/sink-contract.ts';

let server: QueueServer;
let front: QueueFront;
let fifo: QueueFront;
let sink: Sink;
let fifoSink: Sink;

beforeAll(async () => {
  server = await startQueueServer();
});
beforeEach(async () => {
  front = await openQueueFront(server);
  fifo = await openQueueFront(server, '.fifo');
  sink = sqsSink({ queueUrl: front.queueUrl, endpoint: front.url });
  fifoSink = sqsSink({ queueUrl: fifo.queueUrl, endpoint: fifo.url });
});
afterEach(() => Promise.all([front.close(), fifo.close()]));
afterAll(() => server.close());

test('an entry that failed at the service is sent again, alone', async () => {
  front.fault = ({ number, entries }) => (number === 1 ? failing(({ Id }) => Id === '1', entries) : undefined);
  expect(await sink.send(many(3), limits())).toEqual(accepted(3));
  expect(front.calls.map(({ entries }) => entries.map(({ Id }) => Id))).toEqual([['0', '1', '2'], ['1']]);
  expect(sortedIds(await front.takeStored())).toEqual(sortedIds(many(3)));
});

test('an entry that the answer leaves out is not accepted, but sent again', async () => {
  front.fault = ({ number }) =>
    number === 1 ? { kind: 'edit', keep: ({ Id }) => Id !== '2', answer: (answer) => answer } : undefined;
  expect(await sink.send(many(3), limits())).toEqual(accepted(3));
  expect(sortedIds(await front.takeStored())).toEqual(sortedIds(many(3)));
});

test('an entry that was stored and yet reported as failed is there twice, under one id', async () => {
  front.fault = ({ number, entries }) =>
    number === 1
      ? {
          kind: 'edit',
          answer: () => ({ Failed: entries.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' })) }),
        }
      : undefined;
  expect(await sink.send([anEnvelope()], limits())).toEqual(accepted(1));
  expect(sortedIds(await front.takeStored())).toEqual([anEnvelope().id, anEnvelope().id]);
});

test.each([
  [{ kind: 'error', status: 503, code: 'ServiceUnavailable' }],
  [{ kind: 'error', status: 400, code: 'RequestThrottled' }],
  [{ kind: 'reset', afterwards: false }],
] as const)('%j twice, then an answer: stored once, in 3 calls of ours and none of the SDK', async (fault) => {
  front.fault = ({ number }) => (number <= 2 ? fault : undefined);
  expect(await sink.send(many(2), limits())).toEqual(accepted(2));
  expect(front.calls).toHaveLength(3);
  expect(sortedIds(await front.takeStored())).toEqual(sortedIds(many(2)));
});

test('an answer lost after acceptance leaves the record twice, under one id', async () => {
  front.fault = ({ number }) => (number === 1 ? { kind: 'reset', afterwards: true } : undefined);
  expect(await sink.send([anEnvelope()], limits())).toEqual(accepted(1));
  expect(sortedIds(await front.takeStored())).toEqual([anEnvelope().id, anEnvelope().id]);
});

test('on a FIFO queue an answer lost after acceptance leaves the record once', async () => {
  fifo.fault = ({ number }) => (number === 1 ? { kind: 'reset', afterwards: true } : undefined);
  expect(await fifoSink.send([anEnvelope()], limits())).toEqual(accepted(1));
  const { id } = anEnvelope();
  expect(fifo.calls.map(({ entries }) => entries[0]?.MessageDeduplicationId)).toEqual([id, id]);
  expect(sortedIds(await fifo.takeStored())).toEqual([id]);
});

test('on a FIFO queue each key keeps its order through failures', async () => {
  fifo.fault = ({ number, entries }) => (number === 1 ? failing(({ Id }) => Id === '0', entries) : undefined);
  const sent = [...'aabbaab'].map((partitionKey, position) => anEnvelope(position, {}, { partitionKey }));
  expect(await fifoSink.send(sent, limits())).toEqual(accepted(7));
  for (const call of fifo.calls) expectWithinLimits(call);
  const stored = await fifo.takeStored();
  for (const key of ['a', 'b']) expect(idsOf(key, stored)).toEqual(idsOf(key, sent));
});

test('a queue that does not exist is refused at once, by its code', async () => {
  const lost = sqsSink({ queueUrl: `${front.queueUrl}-lost`, endpoint: front.url });
  expect(await lost.send([anEnvelope()], limits())).toMatchObject([
    {
      accepted: false,
      error: {
        code: 'sink-refused',
        message: expect.stringContaining('QueueDoesNotExist'),
        cause: { name: 'QueueDoesNotExist' },
      },
    },
  ]);
  expect(front.calls).toHaveLength(1);
});

test.each([['silence'], ['stall']] as const)(
  '%s ends by requestTimeoutMs, and the next call is answered',
  async (kind) => {
    front.fault = ({ number }) => (number === 1 ? { kind } : undefined);
    const impatient = sqsSink({ queueUrl: front.queueUrl, endpoint: front.url, requestTimeoutMs: 400 });
    expect(await impatient.send([anEnvelope()], limits())).toEqual(accepted(1));
    expect(front.calls.length).toBeGreaterThanOrEqual(2);
  },
);

test.each([['silence'], ['stall']] as const)('%s for ever is bounded by the limits', async (kind) => {
  front.fault = () => ({ kind });
  const abort = new AbortController();
  const patient = sqsSink({ queueUrl: front.queueUrl, endpoint: front.url, requestTimeoutMs: 60_000 });
  const answer = patient.send(many(2), limits(abort.signal));
  while (front.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  abort.abort();
  expect(await promptly(answer)).toMatchObject([1, 2].map(() => ({ accepted: false, error: { code: 'too-slow' } })));
});

test('an abort ends a wait between tries', async () => {
  const abort = new AbortController();
  front.fault = ({ number }) => {
    if (number === 5) setTimeout(() => abort.abort(), 10);
    return { kind: 'error', status: 503, code: 'ServiceUnavailable' };
  };
  expect(await sink.send([anEnvelope()], limits(abort.signal))).toMatchObject([
    { accepted: false, error: { code: 'too-slow', message: expect.stringContaining('ServiceUnavailable') } },
  ]);
});

test('a host without a server is tried until the time ends, then refused', async () => {
  const lost = sqsSink({ queueUrl: front.queueUrl, endpoint: await closedPort() });
  expect(await lost.send([anEnvelope()], limits(undefined, 120))).toMatchObject([
    { accepted: false, error: { code: 'too-slow', message: expect.stringContaining('SQS could not be called') } },
  ]);
});

function idsOf(key: string, envelopes: readonly Envelope[]): string[] {
  return envelopes.filter(({ origin }) => origin.partitionKey === key).map(({ id }) => id);
}

/** An address on which a server has just stopped listening. */
async function closedPort(): Promise<string> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return `http://127.0.0.1:${port}`;
}
