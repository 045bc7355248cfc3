import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutageError, PermanentError, UndamError } from '../../src/base/errors.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Memory } from '../../src/ledgers/ledger.ts';
import type { InvocationEnded, ObservedInvocation, UndamEvent } from '../../src/observe/events.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord, kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const never = new Promise<never>(() => {});

function summaries(events: readonly UndamEvent[]): InvocationEnded[] {
  return events.filter((event): event is InvocationEnded => event.type === 'invocation-ended');
}

describe('the summary of an invocation', () => {
  test('of one in which all goes well is its only event', async () => {
    const fn = new GuardedFunction(() => {}, { timeoutMs: 5_000 });
    await fn.deliver('a1', 'a2', 'b');
    expect(fn.events).toEqual([
      {
        type: 'invocation-ended',
        records: 3,
        outcomes: { done: 3, quarantined: 0, failed: 0, deferred: 0, held: 0 },
        remembered: 0,
        responded: true,
        attemptsStarted: 3,
        attemptsFailed: 0,
        decodeFailures: 0,
        quarantined: {},
        sinkFailures: 0,
        ledgerFailures: 0,
        suspects: 0,
        zombies: 0,
        budgetUsedMs: 0,
        budgetUsedShare: 0,
        oldestRecordAgeMs: expect.any(Number),
      },
    ]);
  });

  test('counts starts, failures, reasons, refusals and what the ledger knew, and comes last', async () => {
    const fn = new GuardedFunction(
      ({ kinesis: { sequenceNumber } }) => {
        if (sequenceNumber === 'b') throw new Error('poison');
        if (sequenceNumber === 'c' || sequenceNumber === 'd') throw new PermanentError('never');
        if (sequenceNumber === 'e') throw new OutageError('down');
      },
      { sink: new StoringSink(({ origin }) => origin.sequenceNumber !== 'd') },
    );
    await fn.deliver('a', 'b', 'c', 'd', 'e');
    expect(fn.events.at(-1)).toMatchObject({
      records: 5,
      outcomes: { done: 1, quarantined: 1, failed: 2, deferred: 0, held: 1 },
      remembered: 0,
      attemptsStarted: 5,
      attemptsFailed: 4,
      quarantined: { permanent: 1 },
      sinkFailures: 1,
    });
    fn.events.length = 0;
    await fn.deliver('b', 'c', 'd', 'e', 'f');
    expect(fn.events.at(-1)).toMatchObject({
      outcomes: { done: 1, quarantined: 2, failed: 1, deferred: 0, held: 1 },
      remembered: 1,
      attemptsStarted: 3,
      attemptsFailed: 2,
      quarantined: { 'attempts-exhausted': 1 },
      sinkFailures: 1,
    });
    expect(summaries(fn.events)).toHaveLength(1);
  });

  test('tells decode failures from others', async () => {
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === 'c') throw new Error('handler');
      },
      {
        decode: ({ kinesis: { sequenceNumber } }) => {
          if (sequenceNumber === 'a') throw new UndamError('undecodable', 'no');
          if (sequenceNumber === 'b') throw new Error('the schema registry is down');
        },
      },
    );
    await fn.deliver('a', 'b', 'c', 'd');
    expect(fn.events.at(-1)).toMatchObject({ attemptsFailed: 3, decodeFailures: 2, quarantined: { undecodable: 1 } });
  });

  test('counts zombies of either handler, and the budget that they used', async () => {
    const timeBudget = { reserveMs: 1_000, recordMs: 500 };
    const fn = new GuardedFunction(() => never, { timeBudget, timeoutMs: 5_000 });
    await fn.deliver('a', 'b');
    expect(fn.events.at(-1)).toMatchObject({ attemptsFailed: 2, zombies: 2 });
    const events: UndamEvent[] = [];
    const lambda = new VirtualLambda();
    const chain = middyVersions[0]![1]()
      .use(lambda.middlewares.partialBatch({ observe: (event) => void events.push(event) }))
      .use(lambda.middlewares.timeBudget({ reserveMs: 1_000 }))
      .handler(wholeBatch(() => never));
    await lambda.invoke(chain, kinesisEvent('a'), lambda.context(5_000));
    const [{ zombies, budgetUsedMs, budgetUsedShare } = {} as InvocationEnded] = summaries(events);
    expect(zombies).toBe(1);
    expect(budgetUsedMs).toBeGreaterThanOrEqual(4_000);
    expect(budgetUsedShare).toBeGreaterThanOrEqual(1);
    expect(budgetUsedShare).toBeLessThan(1.1);
  });

  test('counts what the ledger failed at', async () => {
    const reject = () => Promise.reject(new Error('no ledger'));
    const fn = new GuardedFunction(() => Promise.reject(new Error('poison')), {
      ledger: { recall: reject, remember: reject },
    });
    await fn.deliver('a');
    expect(fn.events.at(-1)).toMatchObject({ type: 'invocation-ended', ledgerFailures: 2 });
  });

  test('says how many records may have been running at a death', async () => {
    const attempts = { started: 1, failed: 0, timedOut: 0, crashed: 0 };
    const suspect: Memory = { state: 'open', attempts, suspect: 'alone' };
    const recall = (_key: object, numbers: readonly string[]) =>
      new Map(numbers.slice(0, 2).map((number) => [number, suspect]));
    const fn = new GuardedFunction(() => {}, { ledger: { recall, remember: () => {} } });
    await fn.deliver('a', 'b', 'c');
    expect(fn.events.at(-1)).toMatchObject({ type: 'invocation-ended', suspects: 2 });
  });

  test.each([
    ['Kinesis', (secondsAgo: number, now: number) => aged(kinesisRecord('a'), now - secondsAgo), 7.5, 7_500],
    ['a DynamoDB stream', (secondsAgo: number, now: number) => agedItem(now - secondsAgo), 7, 7_000],
    [
      'a stream whose clock is ahead',
      (secondsAgo: number, now: number) => aged(kinesisRecord('a'), now - secondsAgo),
      -3,
      0,
    ],
  ])('has the age of the oldest record of %s as of delivery', async (_stream, recordOf, secondsAgo, ageMs) => {
    const fn = new GuardedFunction(() => new Promise((resolve) => fn.lambda.clock.setTimeout(() => resolve(0), 900)));
    await fn.deliverEvent({ Records: [recordOf(secondsAgo, fn.lambda.clock.date() / 1_000)] });
    expect(summaries(fn.events)[0]!.oldestRecordAgeMs).toBeCloseTo(ageMs, -1);
  });

  test('has no share of a budget where there is no deadline', async () => {
    const fn = new GuardedFunction(() => {});
    await fn.lambda.invoke(fn.chain, kinesisEvent('a'), {});
    expect(summaries(fn.events)[0]!.budgetUsedShare).toBeUndefined();
  });
});

describe.each(middyVersions)('%s: there is one summary', (_version, middy) => {
  const wholeBatches = { done: () => ({ batchItemFailures: [] }), nothing: () => undefined };
  const boom = (): never => {
    throw new Error('boom');
  };
  type Chain = ReturnType<typeof middy>;
  const cases: readonly (readonly [string, (chain: Chain, ours: object[]) => Chain, object])[] = [
    ['of a response', (chain, ours) => chain.use(ours).handler(eachRecord(() => {})), { responded: true }],
    [
      'of an event that somebody has emptied',
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
      'of a handler that nobody wrapped',
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
      expect(summaries(events)).toEqual([expect.objectContaining({ type: 'invocation-ended' })]);
      expect(summaries(events)).toMatchObject([expected]);
    }
  });

  test('of an event that is none of ours', async () => {
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

  test('of a function that has no time at all', async () => {
    const lambda = new VirtualLambda();
    const events: UndamEvent[] = [];
    const chain = middy()
      .use(lambda.middlewares.partialBatch({ observe: (event) => void events.push(event) }))
      .use(lambda.middlewares.timeBudget({ reserveMs: 1_000 }))
      .handler(eachRecord(() => {}));
    await lambda.invoke(chain, kinesisEvent('a'), lambda.context(500));
    expect(summaries(events)).toMatchObject([{ responded: false, error: { code: 'no-time' }, records: 1 }]);
    expect(summaries(events)[0]!.budgetUsedShare).toBeUndefined();
  });
});

test('what is summed up is what was reported, what the sink has and what the handler ran', async () => {
  const acts = fc.constantFrom('done', 'poison', 'permanent', 'outage', 'hangs', 'undecodable');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ act: acts, key: fc.constantFrom('a', 'b', 'c') }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      async (records, sinkTakes) => {
        const events: UndamEvent[] = [];
        const byNumber = new Map(records.map((record, n) => [`n${10 + n}`, { ...record, takes: sinkTakes[n]! }]));
        const sink = new StoringSink(({ origin }) => byNumber.get(origin.sequenceNumber)!.takes);
        const fn = new GuardedFunction(
          ({ kinesis }) => {
            const { act } = byNumber.get(kinesis.sequenceNumber)!;
            if (act === 'poison') throw new Error('poison');
            if (act === 'permanent') throw new PermanentError('never');
            if (act === 'outage') throw new OutageError('down');
            return act === 'hangs' ? never : undefined;
          },
          {
            sink,
            observe: (event) => void events.push(event),
            timeBudget: { recordMs: 300 },
            decode: ({ kinesis }) => {
              if (byNumber.get(kinesis.sequenceNumber)!.act === 'undecodable')
                throw new UndamError('undecodable', 'no');
            },
          },
        );
        let batch = [...byNumber].map(([number, { key }]) => kinesisRecord(number, { key }));
        for (let delivery = 0; delivery < 4 && batch.length > 0; delivery++) {
          events.length = 0;
          const stored = sink.numbers.length;
          const reported = reportedIn(await fn.deliverEvent({ Records: batch }));
          const [ended, ...more] = summaries(events);
          expect(more).toEqual([]);
          const { outcomes, quarantined, records: count } = ended!;
          expect(count).toBe(batch.length);
          expect(outcomes.failed + outcomes.deferred + outcomes.held).toBe(reported.length);
          expect(outcomes.done + outcomes.quarantined).toBe(batch.length - reported.length);
          expect(Object.values(quarantined).reduce((sum, each) => sum + each, 0)).toBe(sink.numbers.length - stored);
          expect(ended!.attemptsStarted - ended!.decodeFailures).toBe(fn.takeStarts().length);
          batch = batch.slice(batch.findIndex(({ kinesis }) => reported.includes(kinesis.sequenceNumber)));
          if (reported.length === 0) break;
        }
      },
    ),
    { numRuns: 200 },
  );
});

describe('beside the event', () => {
  test('is the invocation that it is of: one object, its ids, and its records', async () => {
    const seen: ObservedInvocation[] = [];
    const fn = new GuardedFunction(() => Promise.reject(new PermanentError('never')), {
      observe: (_event, invocation) => void seen.push(invocation),
    });
    const event = kinesisEvent('a');
    const context = { ...fn.lambda.context(), awsRequestId: 'request-1', functionName: 'orders' };
    await fn.lambda.invoke(fn.chain, event, context);
    expect(seen.length).toBeGreaterThan(2);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toMatchObject({
      requestId: 'request-1',
      functionName: 'orders',
      eventSourceArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s',
      shardId: 'shardId-000000000000',
    });
    expect(seen[0]!.record(0)).toBe(event.Records[0]);
    expect(seen[0]!.record(1)).toBeUndefined();
  });

  test('two invocations side by side have each its own', async () => {
    const seen: [string, string | undefined][] = [];
    const fn = new GuardedFunction(({ kinesis }) => Promise.reject(new PermanentError(kinesis.sequenceNumber)), {
      observe: (event, { requestId }) => {
        if (event.type === 'quarantined') seen.push([event.record.sequenceNumber, requestId]);
      },
    });
    const context = (awsRequestId: string) => ({ ...fn.lambda.context(), awsRequestId });
    await Promise.all([
      fn.lambda.invoke(fn.chain, kinesisEvent('a'), context('first')),
      fn.lambda.invoke(fn.chain, kinesisEvent('b'), context('second')),
    ]);
    expect(seen.toSorted()).toEqual([
      ['a', 'first'],
      ['b', 'second'],
    ]);
  });
});

function aged(record: ReturnType<typeof kinesisRecord>, approximateArrivalTimestamp: number): object {
  return { ...record, kinesis: { ...record.kinesis, approximateArrivalTimestamp } };
}

function agedItem(ApproximateCreationDateTime: number): object {
  const [record] = dynamodbEvent(dynamodbRecord('a', 'k')).Records;
  return { ...record, dynamodb: { ...record!.dynamodb, ApproximateCreationDateTime } };
}
