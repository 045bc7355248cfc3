import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OutageError, PermanentError, UndamError } from '../../src/base/errors.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Memory } from '../../src/ledgers/ledger.ts';
import type { InvocationEnded, UndamEvent } from '../../src/observe/events.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord, kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { summariesIn } from '../kit/summaries.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const never = new Promise<never>(() => {});

describe('the summary of an invocation', () => {
  test('is the only event of a success', async () => {
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

  test('counts starts, failures, reasons, refusals and recalled records, and comes last', async () => {
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
    expect(summariesIn(fn.events)).toHaveLength(1);
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

  test('counts zombies of either handler, and their budget', async () => {
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
    const [{ zombies, budgetUsedMs, budgetUsedShare } = {} as InvocationEnded] = summariesIn(events);
    expect(zombies).toBe(1);
    expect(budgetUsedMs).toBeGreaterThanOrEqual(4_000);
    expect(budgetUsedShare).toBeGreaterThanOrEqual(1);
    expect(budgetUsedShare).toBeLessThan(1.1);
  });

  test('counts the failures of the ledger', async () => {
    const reject = () => Promise.reject(new Error('no ledger'));
    const fn = new GuardedFunction(() => Promise.reject(new Error('poison')), {
      ledger: { recall: reject, remember: reject },
    });
    await fn.deliver('a');
    expect(fn.events.at(-1)).toMatchObject({ type: 'invocation-ended', ledgerFailures: 2 });
  });

  test('counts the records that may have been running at a death', async () => {
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
    expect(summariesIn(fn.events)[0]!.oldestRecordAgeMs).toBeCloseTo(ageMs, -1);
  });

  test('has no share of a budget without a deadline', async () => {
    const fn = new GuardedFunction(() => {});
    await fn.lambda.invoke(fn.chain, kinesisEvent('a'), {});
    expect(summariesIn(fn.events)[0]!.budgetUsedShare).toBeUndefined();
  });
});

test('the summary agrees with the response, the sink and the starts of the handler', async () => {
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
          const [ended, ...more] = summariesIn(events);
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

function aged(record: ReturnType<typeof kinesisRecord>, approximateArrivalTimestamp: number): object {
  return { ...record, kinesis: { ...record.kinesis, approximateArrivalTimestamp } };
}

function agedItem(ApproximateCreationDateTime: number): object {
  const [record] = dynamodbEvent(dynamodbRecord('a', 'k')).Records;
  return { ...record, dynamodb: { ...record!.dynamodb, ApproximateCreationDateTime } };
}
