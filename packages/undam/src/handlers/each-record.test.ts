import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { GuardedFunction, type Handle } from '../../test/kit/guarded-function.ts';
import { kinesisRecord } from '../../test/kit/stream.ts';
import { errorOf, reportedIn } from '../../test/kit/virtual-lambda.ts';
import { eachRecord } from './each-record.ts';

/** A handler that takes `ms` per record, and the maximum number of records that ran at once. */
function taking(ms: (number: string) => number) {
  let running = 0;
  const seen = { max: 0, ends: [] as string[] };
  const handle: Handle = async ({ kinesis }) => {
    seen.max = Math.max(seen.max, ++running);
    await fn.current!.lambda.clock.sleep(ms(kinesis.sequenceNumber));
    running--;
    seen.ends.push(kinesis.sequenceNumber);
  };
  const fn: { current?: GuardedFunction } = {};
  return { seen, build: (options = {}) => (fn.current = new GuardedFunction(handle, options)) };
}

describe('order', () => {
  const slowFirst = (number: string): number => (number === 'a1' ? 50 : 10);

  test.each([
    ['key', ['a1', 'b1', 'c1', 'a2']],
    ['shard', ['a1', 'a2', 'b1', 'c1']],
    ['none', ['a1', 'a2', 'b1', 'c1']],
  ] as const)('%s', async (order, starts) => {
    const { seen, build } = taking(slowFirst);
    const fn = build({ order });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'c1'))).toEqual([]);
    expect(fn.starts).toEqual(starts);
    expect(seen.max).toBe({ key: 3, shard: 1, none: 4 }[order]);
  });

  test('without a key each record is a lane of its own', async () => {
    const { seen, build } = taking(() => 10);
    const fn = build({});
    const Records = ['1', '2', '3'].map((number) => kinesisRecord(number, { key: '' }));
    expect(reportedIn(await fn.deliverEvent({ Records }))).toEqual([]);
    expect(seen.max).toBe(3);
  });

  test.each(['__proto__', 'constructor', 'toString'])('the key %s is a key like any other', async (key) => {
    const { seen, build } = taking(() => 10);
    const Records = ['1', '2'].map((number) => kinesisRecord(number, { key }));
    await build({}).deliverEvent({ Records });
    expect(seen.max).toBe(1);
  });

  test('an unresolved record stops its lane, and the others continue', async () => {
    const fn = new GuardedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'a1') throw new Error('poison');
    });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'a3', 'b2'))).toEqual(['a1', 'a2', 'a3']);
    expect(fn.starts).toEqual(['a1', 'b1', 'b2']);
  });
});

describe('concurrency', () => {
  test('is a bound, and the earliest record that may start goes first', async () => {
    const batch = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.integer({ min: 0, max: 30 })), {
      minLength: 1,
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(batch, fc.integer({ min: 1, max: 4 }), async (records, concurrency) => {
        const { seen, build } = taking((number) => records[Number(number)]![1]);
        const fn = build({ concurrency });
        const waiting = records.map((_, index) => index);
        const ended = (index: number): boolean => seen.ends.includes(String(index));
        const startable = (index: number): boolean =>
          records.every(([key], earlier) => earlier >= index || key !== records[index]![0] || ended(earlier));
        const push = fn.starts.push.bind(fn.starts);
        fn.starts.push = (number) => {
          const expected = waiting.find(startable);
          waiting.splice(waiting.indexOf(Number(number)), 1);
          expect(Number(number)).toBe(expected);
          return push(number!);
        };
        const Records = records.map(([key], index) => kinesisRecord(String(index), { key }));
        expect(reportedIn(await fn.deliverEvent({ Records }))).toEqual([]);
        expect(seen.max).toBeLessThanOrEqual(concurrency);
        expect(seen.ends).toHaveLength(records.length);
      }),
      { numRuns: 60 },
    );
  });

  test('is 32 by default', async () => {
    const { seen, build } = taking(() => 10);
    await build().deliver(...Array.from({ length: 50 }, (_, n) => String(n)));
    expect(seen.max).toBe(32);
  });

  test('a record in back-off gives its slot up', async () => {
    let failures = 0;
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === 'a' && failures++ === 0) throw new Error('once');
      },
      { concurrency: 1, quarantine: { retry: { baseMs: 1_000, capMs: 1_000 } } },
    );
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'b', 'c', 'a']);
  });
});

test('an empty batch is done', async () => {
  const fn = new GuardedFunction(() => {});
  expect(reportedIn(await fn.deliver())).toEqual([]);
  expect(fn.lambda.timers).toBe(0);
});

test('without getRemainingTimeInMillis there is no budget but recordMs', async () => {
  const fn = new GuardedFunction(
    ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? new Promise(() => {}) : undefined),
    {
      timeBudget: { recordMs: 100 },
    },
  );
  const event = { Records: [kinesisRecord('a'), kinesisRecord('b')] };
  expect(reportedIn(await fn.lambda.invoke(fn.chain, event, {}))).toEqual(['a']);
  expect(reportedIn(await fn.lambda.invoke(fn.chain, event, {}))).toEqual([]);
  expect(fn.sink.numbers).toEqual(['a']);
});

test('with no time beyond the reserve nothing starts, and no record is charged', async () => {
  const fn = new GuardedFunction(() => {}, { timeoutMs: 900 });
  for (let delivery = 0; delivery < 3; delivery++) {
    expect(errorOf(await fn.deliver('a'))).toMatchObject({ code: 'no-time' });
  }
  expect(fn.starts).toEqual([]);
  expect(fn.sink.stored).toEqual([]);
});

test('is an async function of at most two parameters, as Lambda wants it', () => {
  const handler = eachRecord(() => {});
  expect(handler.length).toBeLessThanOrEqual(2);
  expect(Object.prototype.toString.call(handler)).toBe('[object AsyncFunction]');
});

test.each([
  [null, {}, 'expected a handler'],
  [() => {}, { order: 'keys' }, 'order'],
  [() => {}, { concurrency: 0 }, 'concurrency'],
  [() => {}, { concurrency: 1.5 }, 'concurrency'],
  [() => {}, { decode: 'json' }, 'decode'],
  [() => {}, { retries: 1 }, 'unknown option "retries"'],
])('eachRecord(%p, %p) is refused at once', (handler, options, message) => {
  expect(() => eachRecord(handler as never, options as never)).toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(message) }),
  );
});
