import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

/** The three middlewares, what they saw, and a handler that fails on the records named so far. */
function setUp() {
  const lambda = new VirtualLambda();
  const { partialBatch, quarantine, timeBudget } = lambda.middlewares;
  const sink = new StoringSink();
  const events: UndamEvent[] = [];
  const starts: { number: string; attempt: number }[] = [];
  const failing = new Set<string>();
  const ours = [
    quarantine({ sink, attempts: 2, retry: 'redelivery' }),
    partialBatch({ observe: (event) => void events.push(event) }),
    timeBudget({ reserveMs: 1_000 }),
  ] as const;
  const handler = eachRecord(({ kinesis: { sequenceNumber: number } }, { attempt }) => {
    starts.push({ number, attempt });
    if (failing.has(number)) throw new Error('poison');
  });
  const started = (): string[] => starts.splice(0).map(({ number }) => number);
  return { lambda, sink, events, starts, started, failing, ours, handler };
}

const places = ['before', 'between', 'after'] as const;

/** A chain with a foreign middleware before, between or after ours. */
function chained(place: (typeof places)[number], middy: (typeof middyVersions)[number][1], foreign: object) {
  const rig = setUp();
  const [first, second, third] = rig.ours;
  const chain = middy();
  for (const one of place === 'before' ? [foreign, first, second, third] : [first]) chain.use(one);
  if (place === 'between') chain.use(foreign).use(second).use(third);
  if (place === 'after') chain.use(second).use(third).use(foreign);
  return { ...rig, chain: chain.handler(rig.handler) };
}

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(places)('a foreign middleware %s ours', (place) => {
    test('has all its hooks called', async () => {
      const hooks: string[] = [];
      const foreign = { before: () => void hooks.push('before'), after: () => void hooks.push('after') };
      const { lambda, chain, failing } = chained(place, middy, foreign);
      failing.add('b');
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual(['b']);
      expect(hooks).toEqual(['before', 'after']);
    });

    test('that fails on the way out fails the invocation: done records run again, and charges count', async () => {
      let broken = true;
      const foreign = {
        after() {
          if (broken) throw new Error('foreign');
        },
      };
      const { lambda, chain, failing, starts, started, sink } = chained(place, middy, foreign);
      failing.add('b');
      expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toMatchObject({ message: 'foreign' });
      expect(started()).toEqual(['a', 'b', 'c']);
      expect(lambda.timers).toBe(0);
      broken = false;
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual([]);
      expect(starts).toEqual([
        { number: 'a', attempt: 1 },
        { number: 'b', attempt: 2 },
        { number: 'c', attempt: 1 },
      ]);
      expect(sink.stored.map(({ attempts }) => attempts.failed)).toEqual([2]);
    });

    test('that fails on the way out brings back neither quarantined records nor those done before', async () => {
      let broken = false;
      const foreign = {
        after() {
          if (broken) throw new Error('foreign');
        },
      };
      const { lambda, chain, failing, started, sink } = chained(place, middy, foreign);
      failing.add('a');
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual(['a']);
      broken = true;
      errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
      expect(sink.numbers).toEqual(['a']);
      broken = false;
      started();
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual([]);
      expect(started()).toEqual(['c']);
      expect(sink.numbers).toEqual(['a']);
    });

    test('that fails on the way out keeps the attempts of a record that was done after a failure', async () => {
      let broken = true;
      const foreign = {
        after() {
          if (broken) throw new Error('foreign');
        },
      };
      const { lambda, chain, failing, starts } = chained(place, middy, foreign);
      failing.add('a');
      errorOf(await lambda.invoke(chain, kinesisEvent('a')));
      failing.delete('a');
      errorOf(await lambda.invoke(chain, kinesisEvent('a')));
      broken = false;
      await lambda.invoke(chain, kinesisEvent('a'));
      expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
    });

    test.each([1, 2])('that fails on the way in charges no record, with %d in the batch', async (count) => {
      const foreign = {
        before() {
          throw new Error('foreign');
        },
      };
      const { lambda, chain, sink, started, events } = chained(place, middy, foreign);
      const event = kinesisEvent(...['a', 'b'].slice(0, count));
      for (let delivery = 0; delivery < 3; delivery++) {
        expect(errorOf(await lambda.invoke(chain, event))).toMatchObject({ message: 'foreign' });
      }
      expect(started()).toEqual([]);
      expect(events.filter(({ type }) => type === 'attempt-failed')).toEqual([]);
      expect(sink.stored).toEqual([]);
      expect(lambda.timers).toBe(0);
    });

    test('hears of the error that fails a batch', async () => {
      const heard: unknown[] = [];
      const foreign = { onError: ({ error }: { error: Error }) => void heard.push(error.message) };
      const { lambda, chain } = chained(place, middy, foreign);
      chain.handler(() => {
        throw new Error('all of it');
      });
      expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toMatchObject({ message: 'all of it' });
      expect(heard).toEqual(['all of it']);
      expect(lambda.timers).toBe(0);
    });

    // Middy calls no further onError then, and one that hangs looks the same: for a while the loop must not drain.
    test('that throws the error on from its onError leaves no timer of ours behind for long', async () => {
      const foreign = {
        onError({ error }: { error: Error }) {
          throw error;
        },
      };
      const { lambda, chain } = chained(place, middy, foreign);
      chain.handler(() => {
        throw new Error('all of it');
      });
      errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b'), lambda.context(3_000)));
      await lambda.pass(5_200);
      expect(lambda.timers).toBe(0);
    });
  });

  test('a hanging ledger cannot keep a failing invocation from ending, wherever the error came from', async () => {
    for (const place of ['before', 'after'] as const) {
      const lambda = new VirtualLambda();
      const { partialBatch, quarantine, timeBudget } = lambda.middlewares;
      const memory = memoryLedger();
      let writes = 0;
      const ledger = {
        recall: memory.recall,
        remember: () => (writes++ === 0 ? Promise.resolve() : new Promise<void>(() => {})),
      };
      const foreign = {
        after() {
          throw new Error('foreign');
        },
      };
      const ours = [partialBatch({ ledger, observe: () => {} }), quarantine({ sink: new StoringSink() }), timeBudget()];
      const chain = middy()
        .use(place === 'before' ? [foreign, ...ours] : [...ours, foreign])
        .handler(
          eachRecord(({ kinesis }) => {
            if (kinesis.sequenceNumber === 'a') throw new Error('poison');
          }),
        );
      const ending = await lambda.invoke(chain, kinesisEvent('a', 'b'), lambda.context(3_000));
      expect(errorOf(ending)).toMatchObject({ message: 'foreign' });
      expect(writes).toBeGreaterThan(1);
      expect(lambda.timers).toBe(0);
    }
  });

  test('no other middleware can make the response forget an unresolved record', async () => {
    const forgetting = [
      (rig: ReturnType<typeof setUp>) =>
        middy()
          .use([...rig.ours])
          .handler(async (event: never, context: never) => void (await rig.handler(event, context))),
      (rig: ReturnType<typeof setUp>) =>
        middy()
          .use([...rig.ours])
          .after((request) => {
            request.response = undefined;
          })
          .handler(rig.handler),
    ];
    const lying = Object.assign([{ itemIdentifier: 'another' }], { every: () => true });
    forgetting.push((rig) => {
      const [first, ...others] = rig.ours;
      return middy()
        .use(first)
        .after(({ response }) => void Object.assign(response as object, { batchItemFailures: lying }))
        .use(others)
        .handler(rig.handler);
    });
    for (const forget of forgetting) {
      const rig = setUp();
      rig.failing.add('b');
      const ending = await rig.lambda.invoke(forget(rig), kinesisEvent('a', 'b', 'c'));
      expect(ending.kind === 'threw' ? ['b'] : reportedIn(ending)).toEqual(['b']);
    }
  });
});
