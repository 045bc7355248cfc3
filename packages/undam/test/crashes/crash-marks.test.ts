import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type { Envelope } from '../../src/envelope/index.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Marks } from '../../src/ledgers/ledger.ts';
import type { SendResult } from '../../src/sinks/sink.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis.ts';
import { type FunctionOptions, GuardedFunction, type Handle } from '../kit/guarded-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

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
      'answered behind b c',
      'closed',
      'started b',
      'pending b',
      'quarantined b',
      'answered c',
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
    [1, 1, 23, 13],
    [10, 10, 32, 12],
    [40, 40, 76, 10],
    [1, 0, 256, 1],
    [10, 0, 256, 1],
  ])(
    'with %i at once, each %i ms long, leave %i of 300 at most that a death would have run twice, in %i writes',
    async (concurrency, ms, atRisk, writes) => {
      const numbers = [...Array(300).keys()].map((n) => `${n}`);
      const ledger = new MarkingLedger(false);
      const marked = () => ledger.marks.filter((mark) => mark.startsWith('done'));
      let started = 0;
      let most = 0;
      const fn = new GuardedFunction(
        async () => {
          most = Math.max(most, ++started - marked().flatMap((mark) => mark.split(' ').slice(1)).length);
          if (ms > 0) await new Promise<void>((resolve) => fn.lambda.clock.setTimeout(resolve, ms));
        },
        { ledger, concurrency },
      );
      await fn.deliver(...numbers);
      expect(started).toBe(300);
      expect(most).toBe(atRisk);
      expect(marked()).toHaveLength(writes);
    },
  );

  test('leave more than 32 at risk only where all of them were done within 5 ms before the last start', async () => {
    const numbers = [...Array(120).keys()].map((n) => `${n}`);
    const ledger = new MarkingLedger(false);
    const marked = () => ledger.marks.flatMap((mark) => (mark.startsWith('done') ? mark.split(' ').slice(1) : []));
    const atRisk: number[] = [];
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        atRisk[n] = n + 1 - marked().length;
        if (n === 59 || n === 89)
          await new Promise<void>((resolve) => fn.lambda.clock.setTimeout(resolve, n === 59 ? 4 : 6));
      },
      { ledger, concurrency: 1 },
    );
    await fn.deliver(...numbers);
    expect(atRisk[59]).toBe(60);
    expect(atRisk[60]).toBe(61);
    expect(atRisk[89]).toBe(90);
    // What was done before is marked while it runs.
    expect(atRisk[90]).toBe(2);
  });

  test('are of what was done more than 5 ms ago behind the last start, too', async () => {
    const numbers = [...Array(60).keys()].map((n) => `${n}`);
    const ledger = new MarkingLedger(false);
    let marked: string[] = [];
    const fn = new GuardedFunction(
      async ({ kinesis }) => {
        const n = Number(kinesis.sequenceNumber);
        await new Promise<void>((resolve) => fn.lambda.clock.setTimeout(resolve, n === 59 ? 600 : 20 + (n % 40) * 10));
        if (n === 59) marked = ledger.marks.flatMap((mark) => mark.split(' ').slice(1));
      },
      { ledger, concurrency: 60 },
    );
    await fn.deliver(...numbers);
    expect(marked.length).toBeGreaterThanOrEqual(59 - 21);
  });

  test('of a batch handler are made before a sink is waited for', async () => {
    const ledger = new MarkingLedger(false);
    const lambda = new VirtualLambda();
    let marked: string[] = [];
    const send = async (envelopes: readonly Envelope[]): Promise<SendResult[]> => {
      await new Promise<void>((resolve) => lambda.clock.setTimeout(resolve, 500));
      marked = ledger.marks.filter((mark) => mark.startsWith('done')).flatMap((mark) => mark.split(' ').slice(1));
      return envelopes.map(() => ({ accepted: true }));
    };
    const handler = async ({ Records }: KinesisStreamEvent) => {
      await new Promise<void>((resolve) => lambda.clock.setTimeout(resolve, 1_000));
      return { batchItemFailures: [{ itemIdentifier: Records[0]!.kinesis.sequenceNumber }] };
    };
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.streamGuard({ ledger, quarantine: { sink: { send }, attempts: 1 }, observe: () => {} }))
      .handler(wholeBatch(handler, { reports: 'every' }));
    await lambda.invoke(chain as never, {
      Records: [...Array(201).keys()].map((n) => kinesisRecord(String(1_000 + n))),
    });
    expect(marked).toHaveLength(200);
  });

  test('that fail are closed: they would look like a death', async () => {
    const ledger = new MarkingLedger(false);
    const mark = (): Marks => ({
      ...ledger.mark(),
      answered() {
        throw new Error('planned');
      },
    });
    const fn = new GuardedFunction(() => {}, { ledger: { recall: ledger.recall, remember: ledger.remember, mark } });
    await fn.deliver('a');
    expect(ledger.marks).toEqual(['closed']);
    expect(fn.events.map(({ type }) => type)).toEqual(['ledger-failed', 'invocation-ended']);
  });

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
        // By then nothing that waits to be marked was done lately.
        if (n === 41) await new Promise<void>((resolve) => fn.lambda.clock.setTimeout(resolve, 10));
        if (n === 41) settleLate();
        await new Promise((resolve) => setImmediate(resolve));
        atRisk = Math.max(atRisk, 41 - marked().length);
      },
      { ledger, concurrency: 10, timeBudget: { recordMs: 200 } },
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

  test.each([
    ['started', 'b'],
    ['done', 'b'],
    ['learned', 'b'],
    ['answered', 'b'],
    ['withdraw', 'a'],
    ['close', 'b'],
  ] as const)(
    'that cannot be written (%s, where %s fails) cost no record, and are told of once',
    async (call, failing) => {
      const { ledger, fn } = setUp(({ kinesis }) => {
        if (kinesis.sequenceNumber === failing) throw new Error('no');
      });
      const marks = ledger.mark.bind(ledger);
      ledger.mark = () => ({
        ...marks(),
        [call]: () => {
          throw new Error('the disk is full');
        },
      });
      expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([failing]);
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
