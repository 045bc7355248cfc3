import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { report } from '../kit/batch-handlers.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Handler = (event: never, context: never) => Promise<unknown>;

const failing = wholeBatch(() => {
  throw new Error('names nobody');
});

describe.each(middyVersions)('%s: an invocation that has failed', (_version, middy) => {
  function setUp(handler: Handler) {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const guarding = lambda.middlewares.streamGuard({ quarantine: { sink }, observe: () => {} });
    const chain = middy().use(guarding).handler(handler);
    return { lambda, sink, chain };
  }

  test.each([
    ['all of its records', (numbers: string[]) => report(numbers)],
    ['none of its records', () => report([])],
    ['nothing', () => undefined],
  ])('is not turned into success by a handler that catches the error and reports %s', async (_what, answer) => {
    const { lambda, chain } = setUp(async (event, context) => {
      try {
        return await failing(event, context);
      } catch {
        return answer(['a', 'b', 'c']);
      }
    });
    const ending = await lambda.invoke(chain, kinesisEvent('a', 'b', 'c'));
    expect(ending.kind === 'threw' ? ['a', 'b', 'c'] : reportedIn(ending)).toEqual(['a', 'b', 'c']);
  });

  test('for want of time is not turned into success either', async () => {
    const inner = eachRecord(() => {});
    const { lambda, chain } = setUp((event, context) => inner(event, context).catch(() => report([])));
    const ending = await lambda.invoke(chain, kinesisEvent('a', 'b'), lambda.context(900));
    expect(ending.kind === 'threw' ? ['a', 'b'] : reportedIn(ending)).toEqual(['a', 'b']);
  });

  test('in our own `before` stays failed, though another middleware answers the error', async () => {
    const { lambda, chain } = setUp(async () => report([]));
    chain.onError(() => ({ answered: 'away' }));
    const ending = await lambda.invoke(chain, { Records: 'none' });
    expect(ending).toEqual({ kind: 'answered', answer: { answered: 'away' } });
    await lambda.pass(200);
    expect(lambda.timers).toBe(0);
  });

  test('because the context cannot be asked for the time leaves no timer behind', async () => {
    const { lambda, chain } = setUp(async () => report([]));
    const context = {
      getRemainingTimeInMillis() {
        throw new Error('clock');
      },
    };
    const answer = chain(kinesisEvent('a'), context).catch((error: unknown) => ({ error }));
    expect(await lambda.clock.runUntil(answer, lambda.clock.now() + 1_000)).toBe(true);
    expect(lambda.timers).toBe(0);
  });
});

const throwing = Object.defineProperty(new Error('own'), 'name', {
  get() {
    throw new Error('name');
  },
});
const hostile = new Proxy(new Error('hidden'), {
  get() {
    throw new Error('trap');
  },
});

describe.each([
  ['null', null],
  ['undefined', undefined],
  ['a string', 'text'],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error with a throwing getter', throwing],
  ['a proxy that throws', hostile],
])('a batch handler that throws %s', (_name, thrown) => {
  const throws = async (): Promise<never> => {
    throw thrown;
  };

  const handler = wholeBatch(throws);

  test('has its lone record charged, and quarantined after N', async () => {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const [, middy] = middyVersions[0]!;
    const guarding = lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, observe: () => {} });
    const chain = middy().use(guarding).handler(handler);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a')))).toEqual(['a']);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a')))).toEqual([]);
    expect(sink.numbers).toEqual(['a']);
  });

  test('fails a batch of several with its error', async () => {
    const lambda = new VirtualLambda();
    const [, middy] = middyVersions[0]!;
    const guarding = lambda.middlewares.streamGuard({ quarantine: { sink: new StoringSink() }, observe: () => {} });
    const chain = middy().use(guarding).handler(handler);
    expect(Object.is(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b'))), thrown)).toBe(true);
    expect(lambda.timers).toBe(0);
  });
});

test('a ledger that never acknowledges delays no failure behind the response', async () => {
  const lambda = new VirtualLambda();
  const ledger = memoryLedger();
  ledger.remember = () => new Promise<void>(() => {});
  const attempts = { started: 1, failed: 1, timedOut: 0, crashed: 0 };
  ledger.recall = () => new Map([['a1', { state: 'open', attempts }]]);
  const inner = eachRecord(() => {});
  const chain = middyVersions[0]![1]()
    .use(lambda.middlewares.partialBatch({ observe: () => {}, ledger }))
    .handler(async (event: never, context: never) => {
      await Promise.race([inner(event, context), lambda.clock.sleep(100)]);
      throw new Error('behind it');
    });
  const context = lambda.context(12_000);
  expect(errorOf(await lambda.invoke(chain, kinesisEvent('a1', 'a2'), context))).toMatchObject({
    message: 'behind it',
  });
  expect(context.getRemainingTimeInMillis()).toBeGreaterThanOrEqual(50);
  expect(lambda.timers).toBe(0);
});
