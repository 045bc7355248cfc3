import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { summariesIn } from '../kit/summaries.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

describe.each(middyVersions)('%s: there is one summary', (_version, middy) => {
  const wholeBatches = { done: () => ({ batchItemFailures: [] }), nothing: () => undefined };
  const boom = (): never => {
    throw new Error('boom');
  };
  type Chain = ReturnType<typeof middy>;
  const cases: readonly (readonly [string, (chain: Chain, ours: object[]) => Chain, object])[] = [
    ['of a response', (chain, ours) => chain.use(ours).handler(eachRecord(() => {})), { responded: true }],
    [
      'of an event that another middleware has emptied',
      (chain, ours) =>
        chain
          .use(ours)
          .before(({ event }) => void event.Records.splice(0))
          .handler(wholeBatch(wholeBatches.done)),
      { responded: false, error: { code: 'event-changed' }, records: 2 },
    ],
    [
      'of an answer that cannot be read',
      (chain, ours) => chain.use(ours).handler(wholeBatch(wholeBatches.nothing as never)),
      { responded: false, error: { code: 'unreadable-answer' }, attemptsStarted: 2 },
    ],
    [
      'of a batch handler that throws',
      (chain, ours) => chain.use(ours).handler(wholeBatch(boom)),
      { responded: false, error: { message: 'boom' }, outcomes: { deferred: 2 } },
    ],
    [
      'of a handler without a wrapper',
      (chain, ours) => chain.use(ours).handler(wholeBatches.done),
      { responded: false, error: { code: 'unwrapped' }, records: 2, attemptsStarted: 0, outcomes: { deferred: 2 } },
    ],
    [
      'of a middleware inside ours that fails on the way in',
      (chain, ours) =>
        chain
          .use(ours)
          .before(boom)
          .handler(eachRecord(() => {})),
      { responded: false, records: 2, attemptsStarted: 0, outcomes: { deferred: 2 } },
    ],
    [
      'of a middleware inside ours that fails on the way out: nothing is done',
      (chain, ours) =>
        chain
          .use(ours)
          .after(boom)
          .handler(eachRecord(() => {})),
      { responded: false, outcomes: { done: 0, deferred: 2 }, attemptsStarted: 2 },
    ],
    [
      'of a middleware outside ours that fails afterwards',
      (chain, ours) =>
        chain
          .after(boom)
          .use(ours)
          .handler(eachRecord(() => {})),
      { responded: true, outcomes: { done: 2 } },
    ],
    [
      'of an answer that names more than ours',
      (chain, ours) =>
        chain
          .use(ours)
          .after((request) => {
            request.response = { batchItemFailures: [{ itemIdentifier: 'b' }] };
          })
          .handler(eachRecord(() => {})),
      { responded: true, outcomes: { done: 1, deferred: 1 } },
    ],
  ];

  test.each(cases)('%s', async (_what, build, expected) => {
    for (const order of [0, 1, 2]) {
      const lambda = new VirtualLambda();
      const events: UndamEvent[] = [];
      const ours = [
        lambda.middlewares.partialBatch({ observe: (event) => void events.push(event) }),
        lambda.middlewares.quarantine({ sink: new StoringSink() }),
        lambda.middlewares.timeBudget(),
      ];
      await lambda.invoke(build(middy(), [...ours.slice(order), ...ours.slice(0, order)]), kinesisEvent('a', 'b'));
      await lambda.pass(10_000);
      expect(summariesIn(events)).toEqual([expect.objectContaining({ type: 'invocation-ended' })]);
      expect(summariesIn(events)).toMatchObject([expected]);
    }
  });

  test('of an event that is no stream event', async () => {
    const fn = new VirtualLambda();
    const events: UndamEvent[] = [];
    const chain = middy()
      .use(fn.middlewares.partialBatch({ observe: (event) => void events.push(event) }))
      .handler(eachRecord(() => {}));
    await fn.invoke(chain, { Records: 'none' });
    expect(events).toMatchObject([
      { type: 'invocation-ended', responded: false, records: 0, error: { code: 'bad-event' } },
    ]);
  });

  test('of a function without time', async () => {
    const lambda = new VirtualLambda();
    const events: UndamEvent[] = [];
    const chain = middy()
      .use(lambda.middlewares.partialBatch({ observe: (event) => void events.push(event) }))
      .use(lambda.middlewares.timeBudget({ reserveMs: 1_000 }))
      .handler(eachRecord(() => {}));
    await lambda.invoke(chain, kinesisEvent('a'), lambda.context(500));
    expect(summariesIn(events)).toMatchObject([{ responded: false, error: { code: 'no-time' }, records: 1 }]);
    expect(summariesIn(events)[0]!.budgetUsedShare).toBeUndefined();
  });
});
