import { describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from './each-record.ts';
import type { AttemptCounts } from './envelope.ts';
import { type FunctionOptions, GuardedFunction, type Handle } from './guarded-function.fixture.ts';
import type { KinesisStreamEvent } from './kinesis.ts';
import { MarkingLedger } from './marking-ledger.fixture.ts';
import { StoringSink } from './storing-sink.fixture.ts';
import { kinesisEvent } from './stream.fixture.ts';
import { reportedIn, VirtualLambda } from './virtual-lambda.fixture.ts';
import { wholeBatch } from './whole-batch.ts';

const suspect = { suspect: 'alone' } as const;
const died = (crashed: number): { attempts: AttemptCounts; suspect: 'alone' } => ({
  attempts: { started: crashed + 2, failed: 0, timedOut: 0, crashed },
  suspect: 'alone',
});

function setUp(handle: Handle = () => {}, options: FunctionOptions = {}) {
  const ledger = new MarkingLedger();
  return { ledger, fn: new GuardedFunction(handle, { ledger, ...options }) };
}

describe('marks', () => {
  test('say of every start when it begins and how it ended, where something has died', async () => {
    const { ledger, fn } = setUp(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b') throw new Error('no');
    });
    await fn.deliver('a', 'b', 'c');
    await fn.deliver('b', 'c');
    expect(ledger.marks).toEqual([
      'started a',
      'done a',
      'started b',
      'open b',
      'started c',
      'done c',
      'closed',
      'started b',
      'pending b',
      'quarantined b',
      'closed',
    ]);
  });

  test('leave starts out and gather successes while nothing has died, but never what was learned', async () => {
    const numbers = [...Array(60).keys()].map((n) => `${String.fromCharCode(97 + (n % 26))}${n}`);
    const ledger = new MarkingLedger(false);
    const fn = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === numbers[30] ? Promise.reject(new Error('no')) : undefined),
      { ledger, concurrency: 1 },
    );
    await fn.deliver(...numbers);
    expect(ledger.marks.filter((mark) => mark.startsWith('started'))).toEqual([]);
    const before = ledger.marks.indexOf(`open ${numbers[30]}`);
    const marked = ledger.marks.slice(0, before).flatMap((mark) => mark.split(' ').slice(1));
    expect(marked).toEqual(numbers.slice(0, 30));
  });

  test.each([
    [1, 32, 3],
    [10, 32, 3],
    [40, 61, 3],
  ])(
    'with %i at once leave %i of 100 at most that a death would have run twice, in %i writes',
    async (concurrency, atRisk, writes) => {
      const numbers = [...Array(100).keys()].map((n) => `${n}`);
      const ledger = new MarkingLedger(false);
      const marked = () => ledger.marks.filter((mark) => mark.startsWith('done'));
      let started = 0;
      let most = 0;
      const fn = new GuardedFunction(
        async () => {
          most = Math.max(most, ++started - marked().flatMap((mark) => mark.split(' ').slice(1)).length);
        },
        { ledger, concurrency },
      );
      await fn.deliver(...numbers);
      expect(started).toBe(100);
      expect(most).toBe(atRisk);
      expect(marked()).toHaveLength(writes);
    },
  );

  test('leave 32 at risk at most, too, where what was timed out settles beside those that took its slots', async () => {
    const numbers = [...Array(42).keys()].map((n) => `${n}`);
    const ledger = new MarkingLedger(false);
    const marked = () => ledger.marks.flatMap((mark) => (mark.startsWith('done') ? mark.split(' ').slice(1) : []));
    let settleLate = () => {};
    const late = new Promise<void>((resolve) => (settleLate = resolve));
    let atRisk = 0;
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        if (n < 10) await (n < 9 ? late : new Promise(() => {}));
        if (n < 32) return;
        if (n === 41) settleLate();
        await new Promise((resolve) => setImmediate(resolve));
        atRisk = Math.max(atRisk, 41 - marked().length);
      },
      { ledger, timeBudget: { recordMs: 200 } },
    );
    expect(reportedIn(await fn.deliver(...numbers))).toEqual(['9']);
    expect(atRisk).toBeLessThanOrEqual(32);
  });

  test('of an attempt that was timed out say that it still runs', async () => {
    const { ledger, fn } = setUp(() => new Promise(() => {}), { timeBudget: { recordMs: 200 } });
    await fn.deliver('a');
    expect(ledger.marks).toEqual(['started a', 'open a (running)', 'closed']);
  });

  test('are closed when the invocation fails, too', async () => {
    const { ledger } = setUp();
    const lambda = new VirtualLambda();
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
      .handler(wholeBatch(() => Promise.reject(new Error('opaque'))) as never);
    const ending = await lambda.invoke(chain as never, kinesisEvent('a', 'b'));
    expect(ending).toMatchObject({ kind: 'threw' });
    expect(ledger.marks).toEqual(['started a', 'started b', 'open a', 'open b', 'closed']);
  });

  test('say of what stands behind a reported record that it runs no more', async () => {
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const answer = { batchItemFailures: [{ itemIdentifier: 'a' }] };
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
      .handler(wholeBatch(async () => answer) as never);
    await lambda.invoke(chain as never, kinesisEvent('a', 'b'));
    expect(ledger.marks).toEqual(['started a', 'started b', 'open a', 'open b', 'closed']);
  });

  test.each(['started', 'done', 'learned', 'close'] as const)(
    'that cannot be written (%s) cost no record, and are told of once',
    async (call) => {
      const { ledger, fn } = setUp(({ kinesis }) => {
        if (kinesis.sequenceNumber === 'a') throw new Error('no');
      });
      const marks = ledger.mark.bind(ledger);
      ledger.mark = () => ({
        ...marks(),
        [call]: () => {
          throw new Error('the disk is full');
        },
      });
      expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['a']);
      const told = fn.events.filter(({ type }) => type === 'ledger-failed');
      expect(told).toEqual([expect.objectContaining({ operation: 'mark' })]);
    },
  );

  test('that cannot be opened cost no record', async () => {
    const { ledger, fn } = setUp();
    ledger.mark = () => {
      throw new Error('no disk');
    };
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'ledger-failed', operation: 'mark' }));
  });

  test('a ledger that claims is told of the end of every invocation', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger });
    await fn.deliver('a', 'b');
    expect(ledger.remembered).toBe(1);
  });
});

describe('a ledger that claims is told once of the end of an invocation', () => {
  function setUpClaims(before: () => unknown, changeEvent = false) {
    const ledger = new MarkingLedger(false, true);
    const lambda = new VirtualLambda();
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
      .before(async (request) => {
        if (changeEvent) request.event = kinesisEvent('other') as never;
        return before();
      })
      .handler(eachRecord(() => {}) as never);
    return { ledger, lambda, invoke: () => lambda.invoke(chain as never, kinesisEvent('a', 'b')) };
  }

  test('that another middleware has failed on the way in', async () => {
    const { ledger, invoke } = setUpClaims(() => Promise.reject(new Error('no secret')));
    expect(await invoke()).toMatchObject({ kind: 'threw' });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('whose records another middleware has changed', async () => {
    const { ledger, invoke } = setUpClaims(() => {}, true);
    expect(await invoke()).toMatchObject({ kind: 'threw', error: { code: 'event-changed' } });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('that another middleware has answered before', async () => {
    const { ledger, lambda, invoke } = setUpClaims(() => ({ batchItemFailures: [{ itemIdentifier: 'a' }] }));
    await invoke();
    await lambda.pass(100);
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('that had no time', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger, timeoutMs: 900 });
    expect(await fn.deliver('a')).toMatchObject({ kind: 'threw', error: { code: 'no-time' } });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('whose handler answered before it had ended', async () => {
    const ledger = new MarkingLedger(false, true);
    const lambda = new VirtualLambda();
    const inner = eachRecord(() => new Promise(() => {}));
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
      .handler(((event: never, context: never) => {
        void inner(event, context);
        return Promise.resolve({ batchItemFailures: [] });
      }) as never);
    expect(await lambda.invoke(chain as never, kinesisEvent('a'))).toMatchObject({ kind: 'threw' });
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });

  test('of no records', async () => {
    const ledger = new MarkingLedger(false, true);
    const fn = new GuardedFunction(() => {}, { ledger });
    expect(reportedIn(await fn.deliver())).toEqual([]);
    expect(ledger.remembered).toBe(1);
    expect(ledger.marks).toEqual(['closed']);
  });
});

describe('a suspect', () => {
  test('runs behind what stands before it, with nothing else in flight, before the rest', async () => {
    const running = new Set<string>();
    const beside: Record<string, string[]> = {};
    const { ledger, fn } = setUp(async ({ kinesis: { sequenceNumber } }) => {
      for (const other of running) beside[other]!.push(sequenceNumber);
      beside[sequenceNumber] = [...running];
      running.add(sequenceNumber);
      await fn.lambda.clock.sleep(20);
      running.delete(sequenceNumber);
    });
    ledger.know({ c: suspect, e: suspect });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd', 'e', 'f'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(beside).toEqual({ a: ['b'], b: ['a'], c: [], d: [], e: [], f: [] });
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual(['alone c', 'alone e']);
    expect(fn.events).toContainEqual({ type: 'crash-found', suspects: 2 });
  });

  test('does not start beside a zombie, where its death would be pinned on nobody, unless it is the first of its batch', async () => {
    const { ledger, fn } = setUp(
      ({ kinesis }) => (kinesis.sequenceNumber.startsWith('z') ? new Promise(() => {}) : undefined),
      { timeBudget: { recordMs: 200 } },
    );
    ledger.know({ s: suspect });
    expect(reportedIn(await fn.deliver('z1', 'a', 's', 't'))).toEqual(['z1', 's', 't']);
    expect(fn.takeStarts()).toEqual(['z1', 'a']);
    expect(reportedIn(await fn.deliver('z1', 's', 't'))).toEqual(['s', 't']);
    expect(fn.takeStarts()).toEqual(['z1']);
    expect(reportedIn(await fn.deliver('s', 't'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['s', 't']);
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual([]);
  });

  test('that the budget has cut off, and that has settled, is accused of nothing that comes later', async () => {
    const { ledger, fn } = setUp(({ kinesis }, { signal }) =>
      kinesis.sequenceNumber === 's'
        ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        : undefined,
    );
    ledger.know({ s: suspect });
    expect(reportedIn(await fn.deliver('a', 's'))).toEqual(['s']);
    expect(ledger.marks).toEqual(['started a', 'done a', 'alone s', 'open s', 'closed']);
  });

  test('that ended in order is none any more', async () => {
    const { ledger, fn } = setUp(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b') throw new Error('no');
    });
    ledger.know({ b: suspect });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    ledger.marks.length = 0;
    await fn.deliver('b', 'c');
    expect(ledger.marks).toContain('started b');
  });

  test('of ten thousand is one of as many turns, also under a handler that ends at once', async () => {
    const { ledger, fn } = setUp(() => {}, { timeBudget: false });
    const numbers = Array.from({ length: 10_000 }, (_, n) => `${n + 1}`);
    ledger.know(Object.fromEntries(numbers.map((number) => [number, suspect])));
    expect(reportedIn(await fn.deliver(...numbers))).toEqual([]);
    expect(fn.starts).toEqual(numbers);
  });

  test('that had no turn stays one', async () => {
    const { ledger, fn } = setUp(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b1') throw new Error('no');
    });
    ledger.know({ b2: suspect });
    expect(reportedIn(await fn.deliver('b1', 'b2'))).toEqual(['b1', 'b2']);
    expect(fn.takeStarts()).toEqual(['b1']);
    ledger.marks.length = 0;
    await fn.deliver('b2');
    expect(ledger.marks[0]).toBe('alone b2');
  });

  test('does not run before the earlier records of its lane are resolved, and holds up nobody else for that', async () => {
    const { ledger, fn } = setUp(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'a1') throw new Error('no');
    });
    ledger.know({ a2: suspect });
    expect(reportedIn(await fn.deliver('a1', 'b', 'a2', 'c'))).toEqual(['a1', 'a2']);
    expect(fn.starts).toEqual(['a1', 'b', 'c']);
  });

  test('that has died alone runs only as first record of a batch: the invocation ends before it', async () => {
    const { ledger, fn } = setUp(undefined, { quarantine: { attempts: 3 } });
    ledger.know({ b: died(1) });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(fn.takeStarts()).toEqual(['a']);
    expect(reportedIn(await fn.deliver('b', 'c'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['b', 'c']);
    expect(ledger.marks).toContain('alone b');
  });

  test('that has died alone N times is quarantined without being started again', async () => {
    const { ledger, fn } = setUp();
    ledger.know({ b: died(2) });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'c']);
    expect(fn.sink.stored).toMatchObject([{ reason: 'crashed', attempts: { crashed: 2 } }]);
  });

  test('whose turn comes later ends the invocation before it', async () => {
    const { ledger, fn } = setUp();
    ledger.know({ b: { suspect: 'later' }, c: { suspect: 'later' } });
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd'))).toEqual(['b', 'c', 'd']);
    expect(fn.starts).toEqual(['a']);
  });

  test('is not alone beside a zombie, of whichever invocation', async () => {
    const { ledger, fn } = setUp(
      ({ kinesis }) => (kinesis.sequenceNumber.startsWith('z') ? new Promise(() => {}) : undefined),
      { timeBudget: { recordMs: 200 } },
    );
    await fn.deliver('z1');
    ledger.know({ b: suspect });
    ledger.marks.length = 0;
    await fn.deliver('b');
    expect(ledger.marks[0]).toBe('started b');
  });

  test('is started by other invocations of the process neither beside it nor before they have ended what they run', async () => {
    const running = new Set<string>();
    let most = 0;
    const { ledger, fn } = setUp(
      async ({ kinesis: { sequenceNumber } }) => {
        running.add(sequenceNumber);
        if (running.has('b')) most = Math.max(most, running.size);
        await fn.lambda.clock.sleep(100);
        running.delete(sequenceNumber);
      },
      { concurrency: 1 },
    );
    ledger.know({ b: suspect });
    const { lambda, chain } = fn;
    const endings = await Promise.all([
      lambda.invoke(chain, kinesisEvent('x1', 'x2', 'x3', 'x4'), lambda.context(5_000)),
      lambda.invoke(chain, kinesisEvent('a', 'b', 'c'), lambda.context(5_000)),
    ]);
    expect(endings.map(reportedIn)).toEqual([[], []]);
    expect(most).toBe(1);
    expect(fn.starts.toSorted()).toEqual(['a', 'b', 'c', 'x1', 'x2', 'x3', 'x4']);
    expect(ledger.marks).toContain('alone b');
    expect(lambda.timers).toBe(0);
  });

  test('does not keep other invocations waiting beyond their budget', async () => {
    const { ledger, fn } = setUp(({ kinesis }) =>
      kinesis.sequenceNumber === 'b' ? fn.lambda.clock.sleep(30_000) : undefined,
    );
    ledger.know({ b: suspect });
    const { lambda, chain } = fn;
    const long = lambda.invoke(chain, kinesisEvent('b'), lambda.context(60_000));
    const short = await lambda.invoke(chain, kinesisEvent('x', 'y'), lambda.context(5_000));
    expect(reportedIn(short)).toEqual(['x', 'y']);
    expect(reportedIn(await long)).toEqual([]);
    expect(lambda.timers).toBe(0);
  });
});

describe('a batch handler after a crash', () => {
  function setUpBatches() {
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const calls: string[][] = [];
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, ledger, observe: () => {} }))
      .handler(
        wholeBatch(async ({ Records }) => {
          calls.push(Records.map(({ kinesis }) => kinesis.sequenceNumber));
          return { batchItemFailures: [] };
        }) as never,
      );
    const deliver = (...numbers: string[]) => lambda.invoke(chain as never, kinesisEvent(...numbers));
    return { ledger, sink, calls, deliver };
  }

  test('is called with what stands before a suspect, with that one alone, and with the rest', async () => {
    const { ledger, calls, deliver } = setUpBatches();
    ledger.know({ c: suspect, d: suspect });
    expect(reportedIn(await deliver('a', 'b', 'c', 'd', 'e', 'f'))).toEqual([]);
    expect(calls).toEqual([['a', 'b'], ['c'], ['d'], ['e', 'f']]);
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual(['alone c', 'alone d']);
  });

  test('is not called with one that has died alone before that is the first of its batch', async () => {
    const { ledger, calls, deliver } = setUpBatches();
    ledger.know({ c: died(1) });
    expect(reportedIn(await deliver('a', 'b', 'c', 'd'))).toEqual(['c', 'd']);
    expect(reportedIn(await deliver('c', 'd'))).toEqual([]);
    expect(calls).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  test('is not called with one that has died alone N times', async () => {
    const { ledger, sink, calls, deliver } = setUpBatches();
    ledger.know({ b: died(2) });
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual([]);
    expect(calls.flat()).toEqual(['a', 'c']);
    expect(sink.stored).toMatchObject([{ reason: 'crashed' }]);
  });
});

describe('a handler that nobody wrapped, after a crash', () => {
  // Whether handlers are wrapped in this process is remembered by the module, so this one is imported anew.
  async function setUpBare() {
    jest.resetModules();
    const { createMiddlewares } = await import('./middy.ts');
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const calls: string[][] = [];
    const broken: { error: Error | undefined; numbers: readonly string[] } = { error: undefined, numbers: [] };
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(
        createMiddlewares(lambda.ambient).streamGuard({ quarantine: { sink, attempts: 2 }, ledger, observe: () => {} }),
      )
      .handler(async ({ Records }: KinesisStreamEvent) => {
        calls.push(Records.map(({ kinesis }) => kinesis.sequenceNumber));
        if (broken.error) throw broken.error;
        return { batchItemFailures: broken.numbers.map((itemIdentifier) => ({ itemIdentifier })) };
      });
    const deliver = (...numbers: string[]) => lambda.invoke(chain as never, kinesisEvent(...numbers));
    return { ledger, sink, calls, broken, deliver };
  }

  test('sees what stands before a suspect, then that one alone, then the rest', async () => {
    const { ledger, calls, deliver } = await setUpBare();
    ledger.know({ c: suspect });
    expect(reportedIn(await deliver('a', 'b', 'c', 'd'))).toEqual(['c', 'd']);
    expect(reportedIn(await deliver('c', 'd'))).toEqual(['d']);
    expect(reportedIn(await deliver('d'))).toEqual([]);
    expect(calls).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(ledger.marks).toEqual(expect.arrayContaining(['started a', 'started b', 'alone c', 'started d']));
  });

  test('has each start marked before it is called, once', async () => {
    const { ledger, deliver } = await setUpBare();
    await deliver('a', 'b');
    expect(ledger.marks).toEqual(['started a', 'started b', 'done a', 'done b', 'closed']);
  });

  test('that has run a suspect in order makes it one no more', async () => {
    const { ledger, broken, deliver } = await setUpBare();
    ledger.know({ a: suspect });
    broken.numbers = ['a'];
    expect(reportedIn(await deliver('a', 'b'))).toEqual(['a', 'b']);
    ledger.marks.length = 0;
    await deliver('a', 'b');
    expect(ledger.marks.slice(0, 2)).toEqual(['started a', 'started b']);
  });

  test('accuses no suspect that runs beside what Middy has ended and may still run', async () => {
    const { ledger, broken, deliver } = await setUpBare();
    broken.error = Object.assign(new Error('too late', { cause: { package: '@middy/core' } }), {
      name: 'TimeoutError',
    });
    expect(reportedIn(await deliver('z'))).toEqual(['z']);
    broken.error = undefined;
    ledger.know({ a: suspect });
    ledger.marks.length = 0;
    await deliver('a');
    expect(ledger.marks[0]).toBe('started a');
  });

  test('does not see one that has died alone N times', async () => {
    const { ledger, sink, calls, deliver } = await setUpBare();
    ledger.know({ a: died(2) });
    expect(reportedIn(await deliver('a', 'b'))).toEqual(['b']);
    // N is known only to the second of our hooks, which takes back what the first has marked.
    expect(ledger.marks).toEqual(['alone a', 'open a', 'quarantined a', 'closed']);
    expect(reportedIn(await deliver('b'))).toEqual([]);
    expect(calls).toEqual([[], ['b']]);
    expect(sink.stored).toMatchObject([{ reason: 'crashed' }]);
  });
});
