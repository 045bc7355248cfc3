import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type { AttemptCounts } from '../../src/envelope/index.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis.ts';
import { type FunctionOptions, GuardedFunction, type Handle } from '../kit/guarded-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const suspect = { suspect: 'alone' } as const;
const died = (crashed: number): { attempts: AttemptCounts; suspect: 'alone' } => ({
  attempts: { started: crashed + 2, failed: 0, timedOut: 0, crashed },
  suspect: 'alone',
});

function setUp(handle: Handle = () => {}, options: FunctionOptions = {}) {
  const ledger = new MarkingLedger();
  return { ledger, fn: new GuardedFunction(handle, { ledger, ...options }) };
}

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
    expect(ledger.marks).toEqual(['started a', 'done a', 'alone s', 'open s', 'answered behind s', 'closed']);
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

const call = (calls: string[][], { Records }: KinesisStreamEvent) =>
  void calls.push(Records.map(({ kinesis }) => kinesis.sequenceNumber));

describe.each([
  [
    'wholeBatch()',
    (calls: string[][]) =>
      wholeBatch((event) => {
        call(calls, event);
        return { batchItemFailures: [] };
      }),
  ],
  ['splitOnError()', (calls: string[][]) => splitOnError((event) => call(calls, event))],
])('a handler under %s after a crash', (_, wrap) => {
  function setUpBatches() {
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const calls: string[][] = [];
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, ledger, observe: () => {} }))
      .handler(wrap(calls) as never);
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

  test('has each start marked before it is called, once', async () => {
    const { ledger, deliver } = setUpBatches();
    await deliver('a', 'b');
    expect(ledger.marks).toEqual(['started a', 'started b', 'done a', 'done b', 'answered', 'closed']);
  });
});

test('a suspect that a batch handler has run in order, and reported, is one no more', async () => {
  const ledger = new MarkingLedger();
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 3 }, ledger, observe: () => {} }))
    .handler(wholeBatch(() => ({ batchItemFailures: [{ itemIdentifier: 'a' }] })));
  const deliver = () => lambda.invoke(chain as never, kinesisEvent('a', 'b'));
  ledger.know({ a: suspect });
  expect(reportedIn(await deliver())).toEqual(['a', 'b']);
  expect(ledger.marks).toContain('alone a');
  ledger.marks.length = 0;
  expect(reportedIn(await deliver())).toEqual(['a', 'b']);
  expect(ledger.marks.slice(0, 2)).toEqual(['started a', 'started b']);
});
