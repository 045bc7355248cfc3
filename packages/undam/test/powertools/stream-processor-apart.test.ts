import { AsyncLocalStorage } from 'node:async_hooks';
import { InvokeStore, InvokeStoreBase } from '@aws/lambda-invoke-store';
import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { afterEach, expect, test } from '@jest/globals';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisRecord, numberOf } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

afterEach(() => {
  delete process.env.AWS_LAMBDA_MAX_CONCURRENCY;
});

/** What one invocation's hooks and lists said, by sequence number. */
interface Said {
  readonly heard: string[];
  readonly lists: string[][];
}

/** 32 invocations at once through one processor, each with a failing record and a context of its own. */
async function together(inInvocation: <T>(n: number, run: () => Promise<T>) => Promise<T>) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const said: Said[] = [];
  const mixed: string[] = [];
  const retried = new Set<KinesisStreamRecord>();
  const current = new AsyncLocalStorage<number>();
  class Hearing extends StreamProcessor {
    override successHandler(...args: Parameters<StreamProcessor['successHandler']>) {
      said[current.getStore()!]!.heard.push(numberOf(args[0]));
      return super.successHandler(...args);
    }
  }
  const processor = new Hearing(EventType.KinesisDataStreams, { concurrency: 2 });
  const chain = middyVersions[0]![1]()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, observe: () => {} }))
    .handler(async (event: KinesisStreamEvent, context: Context) => {
      const n = current.getStore()!;
      const handler = async (record: KinesisStreamRecord, own: Context): Promise<void> => {
        await lambda.clock.sleep(1 + ((n + numberOf(record).length) % 5));
        if (own !== context || !numberOf(record).startsWith(`${n}-`)) mixed.push(numberOf(record));
        if (numberOf(record).endsWith('b')) throw new Error(numberOf(record));
        // Tried again from a timer, which knows of no invocation.
        if (numberOf(record).endsWith('c') && !retried.has(record)) {
          retried.add(record);
          throw new Error('not yet');
        }
      };
      const answer = await processPartialResponse(event, handler, processor, { context });
      const { successMessages, failureMessages, errors } = processor;
      said[n]!.lists.push(successMessages.map(numberOf), failureMessages.map(numberOf), errors.map(String));
      return answer;
    });
  const invocations = Array.from({ length: 32 }, (_, n) => {
    said[n] = { heard: [], lists: [] };
    const Records = ['a', 'b', 'c'].map((letter) => kinesisRecord(`${n}-${letter}`, { shard: `shardId-${n}` }));
    return inInvocation(n, () => current.run(n, () => chain({ Records }, lambda.context()))) as Promise<BatchResponse>;
  });
  const answers = Promise.all(invocations);
  expect(await lambda.clock.runUntil(answers, lambda.clock.now() + 30_000)).toBe(true);
  return { answers: await answers, said, mixed, sink, lambda };
}

test('on Managed Instances each invocation has handler, context, hooks, lists and answer of its own', async () => {
  process.env.AWS_LAMBDA_MAX_CONCURRENCY = '32';
  const store = await InvokeStore.getInstanceAsync(true);
  const { answers, said, mixed, sink, lambda } = await together((n, run) =>
    Promise.resolve(store.run({ [InvokeStoreBase.PROTECTED_KEYS.REQUEST_ID]: String(n) }, run)),
  );
  expect(mixed).toEqual([]);
  expect(answers).toEqual(answers.map(() => ({ batchItemFailures: [] })));
  expect(sink.numbers.toSorted()).toEqual(answers.map((_, n) => `${n}-b`).toSorted());
  for (const [n, { heard, lists }] of said.entries()) {
    expect(heard.toSorted()).toEqual([`${n}-a`, `${n}-c`]);
    expect(lists).toEqual([[`${n}-a`, `${n}-c`], [`${n}-b`], [`Error: ${n}-b`]]);
  }
  expect(lambda.timers).toBe(0);
});

test('with one state of Powertools for all, starts, charges and answers are still kept apart', async () => {
  const { answers, mixed, sink } = await together((_n, run) => run());
  expect(mixed).toEqual([]);
  expect(answers).toEqual(answers.map(() => ({ batchItemFailures: [] })));
  expect(sink.numbers.toSorted()).toEqual(answers.map((_, n) => `${n}-b`).toSorted());
});
