import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { type MiddyRequest, middyVersions } from '../kit/middy-versions.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

/** Middy calls no further `after` behind a hook that returns a value: that is the answer, whatever the outer hooks would make of it. */
const returning = {
  'the response': ({ response }: MiddyRequest): unknown => response,
  'a promise of the response': async ({ response }: MiddyRequest): Promise<unknown> => response,
};

const failsOnB = eachRecord(({ kinesis }) => {
  if (kinesis.sequenceNumber === 'b') throw new Error('poison');
});

const failsAsAWhole = wholeBatch((): never => {
  throw new Error('all of it');
});

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(Object.entries(returning))('a foreign after between ours that returns %s', (_what, foreign) => {
    function guarded(lambda: VirtualLambda, handler: (event: never, context: never) => unknown) {
      const { partialBatch, timeBudget } = lambda.middlewares;
      return middy()
        .use(timeBudget())
        .after(foreign)
        .use(partialBatch({ observe: () => {} }))
        .handler(handler);
    }

    test('finds the unresolved records in it, where a function around the wrapper answers something else', async () => {
      const lambda = new VirtualLambda();
      const chain = guarded(lambda, async (event, context) => {
        await failsOnB(event, context);
        return { ok: true };
      });
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual(['b']);
    });

    test('is not reached, where a function around the wrapper catches the error of the batch', async () => {
      const lambda = new VirtualLambda();
      const chain = guarded(lambda, async (event, context) => {
        await failsAsAWhole(event, context).catch(() => {});
        return { batchItemFailures: [] };
      });
      expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toMatchObject({ message: 'all of it' });
    });
  });

  test('a foreign after between ours reads our response, whatever a function around the wrapper answers', async () => {
    const lambda = new VirtualLambda();
    const { partialBatch, timeBudget } = lambda.middlewares;
    const seen: unknown[] = [];
    const chain = middy()
      .use(timeBudget())
      .after(({ response }) => void seen.push(response))
      .use(partialBatch({ observe: () => {} }))
      .handler(async (event, context) => void (await failsOnB(event, context)));
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual(['b']);
    expect(seen).toEqual([{ batchItemFailures: [{ itemIdentifier: 'b' }] }]);
  });

  test('a response that Middy does not await is awaited before a foreign after between ours: its rejection would end the process', async () => {
    const lambda = new VirtualLambda();
    const { partialBatch, timeBudget } = lambda.middlewares;
    const steps: string[] = [];
    const chain = middy()
      .use(timeBudget())
      .after(() => void steps.push('between'))
      .use(partialBatch({ observe: () => {} }))
      .after(async () => {
        for (let turn = 0; turn < 20; turn++) await null;
      })
      .handler((event, context) => {
        const answer = failsOnB(event, context);
        const then = (...callbacks: Parameters<typeof answer.then>) => {
          steps.push('awaited');
          return answer.then(...callbacks);
        };
        return Object.defineProperty({}, 'then', { value: then });
      });
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual(['b']);
    expect(steps).toEqual(['awaited', 'between']);
  });
});
