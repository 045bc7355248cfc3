import { createServer, type Server } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeEnvelope, type Envelope } from '../envelope.ts';
import type { Sink } from '../sink.ts';
import { anEnvelope, incompressible } from './envelope.fixture.ts';
import { type BatchAnswer, type FaultProxy, type ProxiedCall, startFaultProxy } from './fault-proxy.fixture.ts';
import { type QueueServer, startQueueServer } from './queue-server.fixture.ts';
import { describeSinkContract, limits, promptly } from './sink-contract.fixture.ts';
import { sqsSink } from './sqs.ts';
import { MAX_BATCH_BYTES } from './sqs-batches.ts';
import { messageBytes, type SqsEntry } from './sqs-message.ts';

let server: QueueServer;
let proxy: FaultProxy;
let queueUrl: string;
let sink: Sink;
let queues = 0;

beforeAll(async () => {
  server = await startQueueServer();
});
afterAll(() => server.close());

describeSinkContract('sqsSink() on a standard queue', () => openContract(''));
describeSinkContract('sqsSink() on a FIFO queue', () => openContract('.fifo'));

describe('sqsSink() through real calls', () => {
  beforeEach(async () => {
    await proxy?.close();
    proxy = await startFaultProxy(server.url);
    queueUrl = await server.createQueue(`queue-${++queues}`);
    sink = sqsSink({ queueUrl, endpoint: proxy.url });
  });
  afterAll(() => proxy.close());

  const stored = async (): Promise<Envelope[]> =>
    (await server.takeAll(queueUrl)).map(({ Body }) => decodeEnvelope(Body ?? ''));
  const many = (count: number, changes = {}) =>
    Array.from({ length: count }, (_, position) => anEnvelope(position, changes));
  const accepted = (count: number) => Array.from({ length: count }, () => ({ accepted: true }));

  test('25 envelopes are 3 calls within the limits of AWS', async () => {
    expect(await sink.send(many(25), limits())).toEqual(accepted(25));
    expect(proxy.calls.map(({ entries }) => entries.length).sort()).toEqual([10, 10, 5].sort());
    for (const call of proxy.calls) expectWithinLimits(call);
    expect(ids(await stored())).toEqual(ids(many(25)));
  });

  test('the queue can be filtered by attributes, and the payload comes back byte for byte', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await sink.send([anEnvelope(1, { data: bytes.toString('base64') })], limits());
    const [message] = await server.takeAll(queueUrl);
    expect(message?.MessageAttributes).toMatchObject({ reason: { StringValue: 'attempts-exhausted' } });
    expect(JSON.stringify(message?.MessageAttributes)).not.toContain('key-1');
    expect(Buffer.from(decodeEnvelope(message?.Body ?? '').data, 'base64')).toEqual(bytes);
  });

  test('large messages are split so that no call exceeds 1 MiB', async () => {
    const sent = many(7, { data: incompressible(220_000) });
    expect(await sink.send(sent, limits())).toEqual(accepted(7));
    expect(proxy.calls.map(({ entries }) => entries.length).sort()).toEqual([1, 3, 3]);
    for (const call of proxy.calls) expectWithinLimits(call);
    expect(await stored()).toHaveLength(7);
  });

  test('1 MiB of text that compresses is stored whole, and what does not is refused with its size; others go', async () => {
    const sent = [
      anEnvelope(1),
      anEnvelope(2, { data: incompressible(800_000) }),
      anEnvelope(3, { data: Buffer.alloc(1_048_576, 'text ').toString('base64') }),
    ];
    const results = await sink.send(sent, limits());
    expect(results).toMatchObject([
      { accepted: true },
      { accepted: false, error: { code: 'sink-refused' } },
      { accepted: true },
    ]);
    expect(results[1]).toMatchObject({
      error: {
        message: expect.stringMatching(/the message has 106\d{4} bytes.*takes 1048576; raise .*MaximumMessageSize/),
      },
    });
    expect(await stored()).toStrictEqual([sent[0], sent[2]]);
    for (const call of proxy.calls) expectWithinLimits(call);
  });

  test("a message above the queue's own MaximumMessageSize fails alone, and its smallest form may fit", async () => {
    queueUrl = await server.createQueue(`small-${++queues}`, { MaximumMessageSize: '2048' });
    const sent = [
      anEnvelope(1),
      anEnvelope(2, { data: Buffer.alloc(3_000).toString('base64') }),
      anEnvelope(3, { data: incompressible(3_000) }),
    ];
    const results = await sqsSink({ queueUrl, endpoint: proxy.url }).send(sent, limits());
    expect(results).toMatchObject([{ accepted: true }, { accepted: true }, { accepted: false }]);
    expect(results[2]).toMatchObject({
      error: { code: 'sink-refused', message: expect.stringContaining('InvalidParameterValue') },
    });
    expect(proxy.calls.map(({ entries }) => entries.map(({ Id }) => Id))).toEqual([
      ['0', '1', '2'],
      ['1', '2'],
    ]);
    expect((await stored()).map(({ data }) => data)).toEqual([sent[0]?.data, sent[1]?.data]);
  });

  test('an entry that failed at the service is sent again, alone', async () => {
    proxy.fault = ({ number }) => (number === 1 ? { kind: 'edit', keep: not('1'), answer: failed('1') } : undefined);
    expect(await sink.send(many(3), limits())).toEqual(accepted(3));
    expect(proxy.calls.map(({ entries }) => entries.map(({ Id }) => Id))).toEqual([['0', '1', '2'], ['1']]);
    expect(ids(await stored())).toEqual(ids(many(3)));
  });

  test('an entry that the answer leaves out is not accepted, but sent again', async () => {
    proxy.fault = ({ number }) =>
      number === 1 ? { kind: 'edit', keep: not('2'), answer: (answer) => answer } : undefined;
    expect(await sink.send(many(3), limits())).toEqual(accepted(3));
    expect(ids(await stored())).toEqual(ids(many(3)));
  });

  test.each([
    [{ kind: 'error', status: 503, code: 'ServiceUnavailable' }],
    [{ kind: 'error', status: 400, code: 'RequestThrottled' }],
    [{ kind: 'reset', afterwards: false }],
  ] as const)('%j twice, then an answer: stored once, in 3 calls of ours and none of the SDK', async (fault) => {
    proxy.fault = ({ number }) => (number <= 2 ? fault : undefined);
    expect(await sink.send(many(2), limits())).toEqual(accepted(2));
    expect(proxy.calls).toHaveLength(3);
    expect(ids(await stored())).toEqual(ids(many(2)));
  });

  test('an answer lost after acceptance leaves the record twice, under one id', async () => {
    proxy.fault = ({ number }) => (number === 1 ? { kind: 'reset', afterwards: true } : undefined);
    expect(await sink.send([anEnvelope()], limits())).toEqual(accepted(1));
    expect((await stored()).map(({ id }) => id)).toEqual([anEnvelope().id, anEnvelope().id]);
  });

  test('on a FIFO queue an answer lost after acceptance leaves the record once', async () => {
    queueUrl = await server.createQueue(`queue-${++queues}.fifo`);
    proxy.fault = ({ number }) => (number === 1 ? { kind: 'reset', afterwards: true } : undefined);
    expect(await sqsSink({ queueUrl, endpoint: proxy.url }).send([anEnvelope()], limits())).toEqual(accepted(1));
    expect(proxy.calls.map(({ entries }) => entries[0]?.MessageDeduplicationId)).toEqual([
      anEnvelope().id,
      anEnvelope().id,
    ]);
    expect(await stored()).toHaveLength(1);
  });

  test('on a FIFO queue each key keeps its order through failures', async () => {
    queueUrl = await server.createQueue(`queue-${++queues}.fifo`);
    proxy.fault = ({ number }) => (number === 1 ? { kind: 'edit', keep: not('0'), answer: failed('0') } : undefined);
    const sent = [...'aabbaab'].map((partitionKey, position) => anEnvelope(position, {}, { partitionKey }));
    expect(await sqsSink({ queueUrl, endpoint: proxy.url }).send(sent, limits())).toEqual(accepted(7));
    for (const call of proxy.calls) expectWithinLimits(call);
    const read = await stored();
    for (const key of ['a', 'b']) {
      const ofKey = (all: readonly Envelope[]) =>
        all.filter(({ origin }) => origin.partitionKey === key).map(({ id }) => id);
      expect(ofKey(read)).toEqual(ofKey(sent));
    }
  });

  test('a queue that does not exist is refused at once, by its code', async () => {
    const lost = sqsSink({ queueUrl: `${queueUrl}-lost`, endpoint: proxy.url });
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
    expect(proxy.calls).toHaveLength(1);
  });

  test.each([['silence'], ['stall']] as const)(
    '%s ends by requestTimeoutMs, and the next call is answered',
    async (kind) => {
      proxy.fault = ({ number }) => (number === 1 ? { kind } : undefined);
      const impatient = sqsSink({ queueUrl, endpoint: proxy.url, requestTimeoutMs: 150 });
      expect(await impatient.send([anEnvelope()], limits())).toEqual(accepted(1));
      expect(proxy.calls).toHaveLength(2);
    },
  );

  test.each([['silence'], ['stall']] as const)('%s for ever is bounded by the limits', async (kind) => {
    proxy.fault = () => ({ kind });
    const abort = new AbortController();
    const answer = sqsSink({ queueUrl, endpoint: proxy.url, requestTimeoutMs: 60_000 }).send(
      many(2),
      limits(abort.signal),
    );
    while (proxy.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    expect(await promptly(answer)).toMatchObject([1, 2].map(() => ({ accepted: false, error: { code: 'too-slow' } })));
  });

  test('an abort ends a wait between tries', async () => {
    const abort = new AbortController();
    proxy.fault = ({ number }) => {
      if (number === 5) setTimeout(() => abort.abort(), 10);
      return { kind: 'error', status: 503, code: 'ServiceUnavailable' };
    };
    expect(await sink.send([anEnvelope()], limits(abort.signal))).toMatchObject([
      { accepted: false, error: { code: 'too-slow', message: expect.stringContaining('ServiceUnavailable') } },
    ]);
  });

  test('without an endpoint the host of the queue URL is called, and a ready client is used as it is', async () => {
    expect(await sqsSink({ queueUrl }).send([anEnvelope(1)], limits())).toEqual(accepted(1));
    const client = new SQSClient({ endpoint: proxy.url, region: 'us-east-1' });
    expect(await sqsSink({ queueUrl, client }).send([anEnvelope(2)], limits())).toEqual(accepted(1));
    client.destroy();
    expect(proxy.calls).toHaveLength(1);
    expect(ids(await stored())).toEqual(ids([anEnvelope(1), anEnvelope(2)]));
  });

  test('a host where nobody listens is refused when the time ends', async () => {
    const closed = await closedPort();
    const results = await sqsSink({ queueUrl, endpoint: closed }).send([anEnvelope()], limits(undefined, 120));
    expect(results).toMatchObject([{ accepted: false, error: { message: expect.stringContaining('ECONNREFUSED') } }]);
  });
});

const not = (id: string) => (entry: SqsEntry) => entry.Id !== id;
const failed =
  (Id: string, SenderFault = false) =>
  (answer: BatchAnswer) => ({
    ...answer,
    Failed: [
      ...(answer.Failed ?? []),
      { Id, SenderFault, Code: SenderFault ? 'InvalidMessageContents' : 'InternalError' },
    ],
  });
const ids = (envelopes: readonly Envelope[]) => envelopes.map(({ id }) => id).sort();

/** AWS's own limits, which emulators do not all know. */
function expectWithinLimits({ entries }: ProxiedCall): void {
  expect(entries.length).toBeGreaterThanOrEqual(1);
  expect(entries.length).toBeLessThanOrEqual(10);
  expect(new Set(entries.map(({ Id }) => Id)).size).toBe(entries.length);
  expect(entries.reduce((bytes, entry) => bytes + messageBytes(entry), 0)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
  const groups = entries.flatMap(({ MessageGroupId }) => MessageGroupId ?? []);
  expect(new Set(groups).size).toBe(groups.length);
  for (const { Id, MessageBody, MessageAttributes = {} } of entries) {
    expect(Id).toMatch(/^[\w-]{1,80}$/);
    expect(MessageBody).toMatch(/^[ -~]+$/);
    expect(Object.keys(MessageAttributes).length).toBeLessThanOrEqual(10);
  }
}

async function openContract(suffix: string) {
  const front = await startFaultProxy(server.url);
  const url = await server.createQueue(`contract-${++queues}${suffix}`);
  return {
    sink: sqsSink({ queueUrl: url, endpoint: front.url }),
    takeStored: async () => (await server.takeAll(url)).map(({ Body }) => decodeEnvelope(Body ?? '')),
    refuse: (refused: readonly string[]) => {
      const isRefused = ({ MessageBody }: SqsEntry) => refused.includes(decodeEnvelope(MessageBody).id);
      front.fault = ({ entries }) => ({
        kind: 'edit',
        keep: (entry) => !isRefused(entry),
        answer: (answer) => entries.filter(isRefused).reduce((all, { Id }) => failed(Id, true)(all), answer),
      });
    },
    stopAnswering: () => {
      front.fault = () => ({ kind: 'silence' });
    },
    close: () => front.close(),
  };
}

async function closedPort(): Promise<string> {
  const listener: Server = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
