import { describe, expect, test } from '@jest/globals';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisEvent } from '../../test/kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import { eachRecord } from '../handlers/each-record.ts';
import { wholeBatch } from '../handlers/whole-batch.ts';
import type { KinesisStreamEvent } from '../streams/kinesis-types.ts';

const orders = [
  ['partialBatch', 'quarantine', 'timeBudget'],
  ['partialBatch', 'timeBudget', 'quarantine'],
  ['quarantine', 'partialBatch', 'timeBudget'],
  ['quarantine', 'timeBudget', 'partialBatch'],
  ['timeBudget', 'partialBatch', 'quarantine'],
  ['timeBudget', 'quarantine', 'partialBatch'],
] as const;

function guard(lambda: VirtualLambda, sink: StoringSink) {
  const { partialBatch, quarantine, timeBudget } = lambda.middlewares;
  return {
    partialBatch: partialBatch({ observe: () => {} }),
    quarantine: quarantine({ sink, attempts: 2, retry: 'redelivery' }),
    timeBudget: timeBudget({ reserveMs: 1_000, recordMs: 100 }),
  };
}

const handlers = {
  'eachRecord()': eachRecord((record) => {
    if (record.kinesis.sequenceNumber === 'b') throw new Error('poison');
    if (record.kinesis.sequenceNumber === 'c') return new Promise(() => {});
    return undefined;
  }),
  'wholeBatch()': wholeBatch(() => ({ batchItemFailures: [{ itemIdentifier: 'b' }] })),
};

/** The reports of a first and a second delivery, and the records quarantined by then. */
const expected = {
  'eachRecord()': [['b', 'c'], [], ['b', 'c']],
  'wholeBatch()': [['b', 'c'], ['c'], ['b']],
};

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(Object.keys(handlers) as (keyof typeof handlers)[])('around %s', (kind) => {
    test.each(orders)('%s, %s, %s have the same effect', async (...order) => {
      const lambda = new VirtualLambda();
      const sink = new StoringSink();
      const ours = guard(lambda, sink);
      const chain = middy();
      for (const name of order) chain.use(ours[name]);
      chain.handler(kind === 'wholeBatch()' ? wholeBatch(reportB) : handlers[kind]);
      const first = reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
      const second = reportedIn(await lambda.invoke(chain, kinesisEvent('b', 'c')));
      expect([first, second, sink.numbers.sort()]).toEqual(expected[kind]);
      expect(lambda.timers).toBe(0);
    });

    test("other middlewares' hooks see the response in request.response", async () => {
      const lambda = new VirtualLambda();
      const seen: unknown[] = [];
      const chain = middy()
        .after(({ response }) => void seen.push(response))
        .use(Object.values(guard(lambda, new StoringSink())))
        .handler(handlers[kind]);
      const ending = await lambda.invoke(chain, kinesisEvent('a', 'b', 'c'));
      expect(seen).toEqual([{ batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'c' }] }]);
      expect(ending).toEqual({ kind: 'answered', answer: seen[0] });
    });

    test('without partialBatch() the invocation fails with partial-batch-missing', async () => {
      const lambda = new VirtualLambda();
      const { quarantine, timeBudget } = guard(lambda, new StoringSink());
      const chain = middy().use([quarantine, timeBudget]).handler(handlers[kind]);
      const error = errorOf(await lambda.invoke(chain, kinesisEvent('b')));
      expect(error).toMatchObject({ code: 'partial-batch-missing' });
      expect(lambda.timers).toBe(0);
    });
  });

  test('streamGuard() is all three', async () => {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const guarding = lambda.middlewares.streamGuard({
      quarantine: { sink, attempts: 1 },
      timeBudget: { recordMs: 50 },
      observe: () => {},
    });
    const chain = middy().use(guarding).handler(handlers['eachRecord()']);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual([]);
    expect(sink.stored.map(({ reason }) => reason).sort()).toEqual(['attempts-exhausted', 'timed-out']);
  });

  test.each(['partialBatch', 'quarantine', 'timeBudget'] as const)(
    '%s() twice fails the invocation, whatever the size of the batch',
    async (name) => {
      const lambda = new VirtualLambda();
      const sink = new StoringSink();
      const chain = middy()
        .use(Object.values(guard(lambda, sink)))
        .use(guard(lambda, sink)[name])
        .handler(handlers['eachRecord()']);
      for (const event of [kinesisEvent('a', 'b'), kinesisEvent('a')]) {
        expect(errorOf(await lambda.invoke(chain, event))).toMatchObject({ code: 'bad-option' });
        expect(lambda.timers).toBe(0);
      }
      expect(sink.stored).toEqual([]);
    },
  );
});

test('each hook is named after its middleware', () => {
  const ours = guard(new VirtualLambda(), new StoringSink());
  const names = Object.values(ours).flatMap(({ before, after, onError }) => [before.name, after.name, onError.name]);
  expect(names).toEqual([
    ...['partialBatchBefore', 'partialBatchAfter', 'partialBatchOnError'],
    ...['quarantineBefore', 'quarantineAfter', 'quarantineOnError'],
    ...['timeBudgetBefore', 'timeBudgetAfter', 'timeBudgetOnError'],
  ]);
});

/** Reports `b` while it is in the call, and then the first record. */
function reportB({ Records }: KinesisStreamEvent): unknown {
  const numbers = Records.map(({ kinesis }) => kinesis.sequenceNumber);
  return { batchItemFailures: [{ itemIdentifier: numbers.includes('b') ? 'b' : numbers[0] }] };
}
