import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import type { LambdaContext } from '../../src/streams/lambda-context.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { type MiddyChain, type MiddyRequest, middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

interface Rig {
  readonly lambda: VirtualLambda;
  readonly sink: StoringSink;
  readonly contexts: Map<string, LambdaContext>;
  readonly starts: string[];
  readonly chain: MiddyChain;
}

/** A function that sleeps for a while on each record and fails on those whose payload says so. */
function setUp(middy: (typeof middyVersions)[number][1], before?: (request: MiddyRequest) => unknown): Rig {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const contexts = new Map<string, LambdaContext>();
  const starts: string[] = [];
  const chain = middy()
    .use(
      lambda.middlewares.streamGuard({
        quarantine: { sink, attempts: 2, retry: 'redelivery' },
        observe: () => {},
      }),
    )
    .before((request) => before?.(request))
    .handler(
      eachRecord(async ({ kinesis, eventID }, { context }) => {
        contexts.set(eventID, context);
        starts.push(kinesis.sequenceNumber);
        await lambda.clock.sleep(1 + (starts.length % 7));
        if (Buffer.from(kinesis.data, 'base64').toString() === 'poison') throw new Error('poison');
      }),
    );
  return { lambda, sink, contexts, starts, chain };
}

function batch(invocation: number, shard: string): KinesisStreamEvent {
  const Records = ['a', 'b', 'c', 'd'].map((letter, position) => {
    const data = position === invocation % 4 ? 'poison' : 'fine';
    return kinesisRecord(`${invocation}${letter}`, { shard, data });
  });
  return { Records };
}

async function together(lambda: VirtualLambda, answers: Promise<unknown>[]): Promise<BatchResponse[]> {
  const all = Promise.all(answers) as Promise<BatchResponse[]>;
  expect(await lambda.clock.runUntil(all, lambda.clock.now() + 30_000)).toBe(true);
  return all;
}

describe.each(middyVersions)('%s', (_version, middy) => {
  test.each([
    ['different shards', (invocation: number) => `shardId-${invocation}`],
    ['the same shard', () => 'shardId-0'],
  ])('64 invocations at once, of %s, keep to themselves', async (_which, shardOf) => {
    const { lambda, sink, contexts, chain } = setUp(middy);
    const invocations = [...Array(64).keys()];
    const own = invocations.map(() => lambda.context());
    const deliver = (): Promise<BatchResponse[]> =>
      together(
        lambda,
        invocations.map((n) => chain(batch(n, shardOf(n)), own[n])),
      );
    const poison = invocations.map((n) => `${n}${'abcd'[n % 4]}`);
    const first = await deliver();
    expect(first).toEqual(poison.map((itemIdentifier) => ({ batchItemFailures: [{ itemIdentifier }] })));
    for (const n of invocations) expect(contexts.get(`${shardOf(n)}:${n}a`)).toBe(own[n]);
    expect(await deliver()).toEqual(invocations.map(() => ({ batchItemFailures: [] })));
    expect(sink.numbers.sort()).toEqual(poison.sort());
    expect(lambda.timers).toBe(0);
  });

  test('a context that is used again finds nothing of its first use', async () => {
    const { lambda, chain, starts } = setUp(middy);
    const context = lambda.context();
    const event = batch(0, 'shardId-0');
    expect(reportedIn(await lambda.invoke(chain, event, context))).toEqual(['0a']);
    expect(reportedIn(await lambda.invoke(chain, event, context))).toEqual([]);
    expect(reportedIn(await lambda.invoke(chain, event, context))).toEqual(['0a']);
    expect(starts).toHaveLength(4 + 1 + 4);
  });

  test('a context that two invocations share at once mixes nothing up', async () => {
    const { lambda, chain } = setUp(middy);
    const context = lambda.context();
    const answers = await together(
      lambda,
      [0, 1, 2].map((n) => chain(batch(n, `shardId-${n}`), context)),
    );
    expect(answers).toEqual(['0a', '1b', '2c'].map((itemIdentifier) => ({ batchItemFailures: [{ itemIdentifier }] })));
    expect(lambda.timers).toBe(0);
  });

  test('an event that is delivered twice at once is run and answered twice', async () => {
    const { lambda, chain, starts } = setUp(middy);
    const event = batch(1, 'shardId-0');
    const answers = await together(lambda, [chain(event, lambda.context()), chain(event, lambda.context())]);
    expect(answers).toEqual(Array(2).fill({ batchItemFailures: [{ itemIdentifier: '1b' }] }));
    expect(starts).toHaveLength(8);
    expect(lambda.timers).toBe(0);
  });

  test.each(['a context each', 'one context'])('events that others copy, slowly, with %s', async (which) => {
    const { lambda, chain } = setUp(middy, async (request) => {
      request.event = structuredClone(request.event);
      await lambda.clock.sleep(5);
    });
    const shared = lambda.context();
    const answers = await together(
      lambda,
      [0, 1, 2].map((n) => chain(batch(n, `shardId-${n}`), which === 'one context' ? shared : lambda.context())),
    );
    expect(answers).toEqual(['0a', '1b', '2c'].map((itemIdentifier) => ({ batchItemFailures: [{ itemIdentifier }] })));
    expect(lambda.timers).toBe(0);
  });

  test('even the same event with the same context, when one of the two is held up on its way in', async () => {
    const holdUps = [20, 0];
    const { lambda, chain } = setUp(middy, () => lambda.clock.sleep(holdUps.shift() ?? 0));
    const event = kinesisEvent('a', 'b');
    const context = lambda.context();
    const answers = await together(lambda, [chain(event, context), chain(event, context)]);
    expect(answers).toEqual(Array(2).fill({ batchItemFailures: [] }));
    expect(lambda.timers).toBe(0);
  });
});
