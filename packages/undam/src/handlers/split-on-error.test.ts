import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { numbersOf } from '../../test/kit/batch-handlers.ts';
import { drain } from '../../test/kit/mapping.ts';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord } from '../../test/kit/stream.ts';
import { type Ending, errorOf, reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import { OutageError, PermanentError } from '../base/errors.ts';
import type { QuarantineOptions } from '../middlewares/index.ts';
import type { UndamEvent } from '../observe/events.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../streams/kinesis.ts';
import { type AllOrNothingHandler, type SplitOnErrorOptions, splitOnError } from './split-on-error.ts';

const middy = middyVersions[0]![1];
const numberOf = (record: unknown): string => (record as KinesisStreamRecord).kinesis.sequenceNumber;

type Handler = AllOrNothingHandler<KinesisStreamRecord>;

class SplitFunction {
  readonly lambda = new VirtualLambda();
  readonly sink: StoringSink;
  readonly events: UndamEvent[] = [];
  /** The sequence numbers of each call. */
  readonly calls: string[][] = [];
  readonly chain: (event: never, context: never) => unknown;

  constructor(
    handler: (numbers: string[], lambda: VirtualLambda, ...rest: Parameters<Handler>) => unknown,
    options: SplitOnErrorOptions & Omit<QuarantineOptions, 'sink'> = {},
    sink: StoringSink = new StoringSink(),
  ) {
    const { order, ...quarantine } = options;
    const { lambda, events } = this;
    this.sink = sink;
    const { streamGuard } = lambda.middlewares;
    this.chain = middy({ timeoutEarlyInMillis: 0 })
      .use(
        streamGuard({
          quarantine: { sink, attempts: 2, retry: 'redelivery', ...quarantine },
          timeBudget: { reserveMs: 1_000 },
          observe: (event) => void events.push(event),
        }),
      )
      .handler(
        splitOnError(
          (event, context, more) => {
            this.calls.push(numbersOf(event));
            return handler(numbersOf(event), lambda, event, context, more);
          },
          { ...(order && { order }) },
        ),
      ) as unknown as SplitFunction['chain'];
  }

  deliver(...numbers: readonly string[]): Promise<Ending> {
    return this.lambda.invoke(this.chain, kinesisEvent(...numbers), this.lambda.context(5_000));
  }

  /** The calls since this was last asked. */
  takeCalls(): string[] {
    return this.calls.splice(0).map((call) => call.join(' '));
  }

  get charged(): string[] {
    return this.events.flatMap((event) =>
      event.type === 'attempt-failed' && event.next !== 'hold' ? [event.record.sequenceNumber] : [],
    );
  }

  get summary() {
    return this.events.findLast((event) => event.type === 'invocation-ended');
  }

  get outcomes(): unknown {
    return this.summary?.outcomes;
  }
}

/** Throws for a call with one of these. */
const badAre =
  (...bad: readonly string[]) =>
  (numbers: readonly string[]): void => {
    if (numbers.some((number) => bad.includes(number))) throw new Error('names nobody');
  };

const letters = (count: number): string[] => Array.from({ length: count }, (_, n) => String.fromCharCode(97 + n));

test('what throws is called again in halves until the bad record stands alone; only that one is reported', async () => {
  const fn = new SplitFunction(badAre('c'));
  expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(['c']);
  expect(fn.takeCalls()).toEqual(['a b c d e f g h', 'a b c d', 'a b', 'c d', 'c', 'd', 'e f g h']);
  expect(fn.charged).toEqual(['c']);
  expect(reportedIn(await fn.deliver(...letters(8).slice(2)))).toEqual([]);
  expect(fn.takeCalls()).toEqual(['c']);
  expect(fn.sink.stored.map(({ reason, attempts }) => [reason, attempts.failed])).toEqual([['attempts-exhausted', 2]]);
});

test('a batch that succeeds is called once', async () => {
  const fn = new SplitFunction(() => undefined);
  expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
  expect(fn.calls).toHaveLength(1);
});

test('the lone record is tried again in place, as the retry policy says', async () => {
  let fails = 1;
  const fn = new SplitFunction(
    (numbers) => {
      if (numbers.includes('b') && (numbers.length > 1 || fails-- > 0)) throw new Error('for a while');
    },
    { retry: { baseMs: 100 } },
  );
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  expect(fn.takeCalls()).toEqual(['a b c', 'a b', 'a', 'b', 'b', 'c']);
  expect(fn.charged).toEqual(['b']);
});

describe('later calls leave out, behind an unresolved record,', () => {
  test.each([
    ['key', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1', 'b1', 'b2 c1'], ['a1', 'a2', 'a3']],
    ['shard', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1'], ['a1', 'a2', 'b1', 'a3', 'b2', 'c1']],
    ['none', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1', 'a2', 'b1', 'a3 b2 c1'], ['a1']],
  ] as const)('the lane of order %s', async (order, calls, reported) => {
    const fn = new SplitFunction(badAre('a1'), { order });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'a3', 'b2', 'c1'))).toEqual(reported);
    expect(fn.takeCalls()).toEqual(calls);
    expect(fn.charged).toEqual(['a1']);
  });

  test('nothing once it is quarantined', async () => {
    const fn = new SplitFunction(badAre('a1'), { attempts: 1 });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'a3'))).toEqual([]);
    expect(fn.takeCalls()).toEqual(['a1 a2 b1 a3', 'a1 a2', 'a1', 'b1', 'a2 a3']);
    expect(fn.sink.numbers).toEqual(['a1']);
  });

  test('its lane where the sink refuses it', async () => {
    const fn = new SplitFunction(badAre('a1'), { attempts: 1 }, new StoringSink(() => false));
    expect(reportedIn(await fn.deliver('b1', 'a1', 'a2', 'c1'))).toEqual(['a1', 'a2']);
  });
});

describe('an outage', () => {
  test('that is said holds everything in the call, and is no attempt', async () => {
    const fn = new SplitFunction(() => {
      throw new OutageError('down');
    });
    for (let delivery = 0; delivery < 5; delivery++)
      expect(reportedIn(await fn.deliver(...letters(4)))).toEqual(letters(4));
    expect(fn.calls).toHaveLength(5);
    expect(fn.charged).toEqual([]);
    expect(fn.outcomes).toMatchObject({ held: 4 });
  });

  test('that is said by a later call holds what threw alone before it, too', async () => {
    const fn = new SplitFunction((numbers) => {
      if (numbers.length < 8 && numbers.includes('c')) throw new OutageError('down');
      throw new Error('connect ECONNREFUSED');
    });
    const lanes = ['a1', 'a2', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(reportedIn(await fn.deliver(...lanes))).toEqual(lanes);
    expect(fn.takeCalls()).toEqual([lanes.join(' '), 'a1 a2 c d']);
    expect(fn.charged).toEqual([]);
    const later = new SplitFunction((numbers) => {
      if (numbers[0] === 'c') throw new OutageError('down');
      throw new Error('connect ECONNREFUSED');
    });
    expect(reportedIn(await later.deliver(...lanes))).toEqual(lanes);
    expect(later.takeCalls().at(-1)).toBe('c d');
    expect(later.charged).toEqual([]);
    expect(later.outcomes).toMatchObject({ held: 8 });
  });

  test('that is not said is held where both halves of a call throw and nothing has succeeded', async () => {
    let isDown = true;
    const fn = new SplitFunction(() => {
      if (isDown) throw new Error('connect ECONNREFUSED');
    });
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(fn.takeCalls()).toEqual(['a b c d e f g h', 'a b c d', 'a b', 'a', 'b']);
    expect(fn.charged).toEqual([]);
    expect(fn.outcomes).toMatchObject({ held: 8 });
    isDown = false;
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
    expect(fn.takeCalls()).toEqual(['a b c d', 'e f g h']);
  });

  test.each([1, 2, 3, 8])('never dams for ever: of %d records that are all bad each is passed', async (count) => {
    const fn = new SplitFunction(badAre(...letters(count)));
    const records = letters(count).map((letter) => kinesisRecord(letter));
    await drain(fn.lambda, fn.chain, records, numberOf);
    expect(fn.sink.numbers.sort()).toEqual(letters(count));
    for (const { attempts } of fn.sink.stored) expect(attempts.failed).toBe(2);
  });

  test('two bad records at the head are held once, and the next delivery finds out that the others are well', async () => {
    const fn = new SplitFunction(badAre('a', 'b'));
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(['a', 'b']);
    expect(fn.charged).toEqual(['a', 'b']);
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
  });
});

test('a PermanentError names nobody while others are in the call, and quarantines a lone record at once', async () => {
  const fn = new SplitFunction((numbers) => {
    if (numbers.includes('a')) throw new PermanentError('never');
  });
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  expect(fn.sink.stored.map(({ reason, origin }) => [origin.sequenceNumber, reason])).toEqual([['a', 'permanent']]);
});

describe('a call that the budget cuts off', () => {
  const hangsOn =
    (bad: string) =>
    (numbers: readonly string[]): unknown =>
      numbers.includes(bad) ? new Promise(() => {}) : undefined;

  test('with the first record and others in it fails the invocation; the next delivery calls half as many', async () => {
    const fn = new SplitFunction(hangsOn('a'));
    for (const size of [8, 4, 2]) {
      expect(errorOf(await fn.deliver(...letters(8)))).toMatchObject({ code: 'budget-ended' });
      expect(fn.takeCalls()).toEqual([letters(size).join(' ')]);
      expect(fn.charged).toEqual([]);
    }
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8));
    expect(fn.takeCalls()).toEqual(['a']);
    expect(fn.charged).toEqual(['a']);
    expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(letters(8).slice(1));
    expect(fn.sink.stored.map(({ reason }) => reason)).toEqual(['timed-out']);
  });

  test('behind the first record reports what is left, and charges nobody', async () => {
    const fn = new SplitFunction((numbers, lambda) => (numbers.includes('e') ? lambda.clock.sleep(60_000) : undefined));
    const endings = [];
    for (let delivery = 0, left = letters(8); left.length > 0 && delivery < 20; delivery++) {
      const ending = await fn.deliver(...left);
      if (ending.kind === 'answered') left = reportedIn(ending);
      endings.push(ending.kind === 'answered' ? left.join(' ') : 'threw');
    }
    expect(endings.at(-1)).toBe('');
    expect(fn.sink.numbers).toEqual(['e']);
    expect(new Set(fn.charged)).toEqual(new Set(['e']));
  });

  test('whose halves have no time left fails the invocation, too, and the next delivery begins with them', async () => {
    const fn = new SplitFunction((numbers, lambda) => {
      if (numbers.length > 1) lambda.clock.block(4_050);
      badAre('a')(numbers);
    });
    expect(errorOf(await fn.deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
    expect(fn.charged).toEqual([]);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    expect(fn.takeCalls()).toEqual(['a b', 'a', 'b']);
  });

  test('that ends when it is told to has succeeded', async () => {
    const fn = new SplitFunction(
      (_numbers, _lambda, _event, _context, { signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    );
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  });
});

test('the summary counts a start on each record of each call', async () => {
  const fn = new SplitFunction(badAre('c'));
  await fn.deliver('a', 'b', 'c', 'd');
  expect(fn.takeCalls()).toEqual(['a b c d', 'a b', 'c d', 'c', 'd']);
  expect(fn.summary).toMatchObject({ attemptsStarted: 10, attemptsFailed: 1 });
});

test('the summary of an invocation that the budget failed knows what still runs', async () => {
  const fn = new SplitFunction(() => new Promise(() => {}));
  expect(errorOf(await fn.deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
  expect(fn.summary).toMatchObject({ responded: false, zombies: 1 });
});

test('each call gets the event with its own part of the records, and the same context', async () => {
  const seen: unknown[][] = [];
  const event = { ...kinesisEvent(...letters(4)), more: { of: 'it' } };
  const records = [...event.Records];
  const fn = new SplitFunction((numbers, _lambda, part, context) => {
    seen.push([part, context]);
    const { Records } = part;
    part.Records = [];
    Records.splice(0);
    Object.assign(part, { more: 'changed' });
    badAre('c')(numbers);
  });
  const context = fn.lambda.context(5_000);
  const parts: unknown[] = [];
  const chain = async (event: KinesisStreamEvent, context: never): Promise<unknown> =>
    fn.chain(event as never, context);
  expect(reportedIn(await fn.lambda.invoke(chain as never, event, context))).toEqual(['c']);
  expect(fn.takeCalls()).toEqual(['a b c d', 'a b', 'c d', 'c', 'd']);
  for (const [part, given] of seen) {
    parts.push(part);
    expect(given).toBe(context);
  }
  expect(new Set(parts).size).toBe(5);
  expect(event.Records).toEqual(records);
});

test('the first call gets the objects that were delivered, later ones copies, all with every other field of the event', async () => {
  const event = { ...kinesisEvent(...letters(4)), more: { of: 'it' } };
  const parts: (typeof event)[] = [];
  const fn = new SplitFunction((numbers, _lambda, part) => {
    parts.push({ ...(part as typeof event), Records: [...part.Records] });
    badAre('c')(numbers);
  });
  await fn.lambda.invoke(fn.chain, event, fn.lambda.context(5_000));
  for (const part of parts) {
    expect(part.more).toBe(event.more);
    expect(event.Records).toEqual(expect.arrayContaining(part.Records));
    expect(part.Records.every((record) => event.Records.includes(record))).toBe(part === parts[0]);
  }
});

describe('a handler that names its failures instead of throwing is not taken at its silence', () => {
  test.each([
    ['{ batchItemFailures } with a record in it', { batchItemFailures: [{ itemIdentifier: 'b' }] }],
    ['batchItemFailures that is no array', { batchItemFailures: 'b' }],
    ['settled results', [{ status: 'fulfilled' }, { status: 'rejected', reason: new Error('b') }]],
    [
      'settled results of which none can be iterated',
      Object.assign([{ status: 'rejected' }], { [Symbol.iterator]: () => [].values(), some: () => false }),
    ],
    [
      'a getter that throws',
      {
        get batchItemFailures() {
          throw new Error('getter');
        },
      },
    ],
  ])('%s', async (_name, answer) => {
    const fn = new SplitFunction((numbers) => (numbers.includes('b') ? answer : 'whatever else it answers'));
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    expect(fn.charged).toEqual(['b']);
    expect(fn.events.some(({ type }) => type === 'answer-unreadable')).toBe(true);
  });

  test('an empty report is success', async () => {
    const fn = new SplitFunction(() => ({ batchItemFailures: [] }));
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  });
});

/** What becomes of each record: how often it fails before it is well; for ever, if never. */
const scripts = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, Infinity), { minLength: 1, maxLength: 20 });

describe('for any batch and any failing subset', () => {
  test('each record is done or quarantined in the end, nobody is charged for another, and each response is truthful', async () => {
    await fc.assert(
      fc.asyncProperty(
        scripts,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom('key' as const, 'shard' as const, 'none' as const),
        fc.boolean(),
        async (failures, attempts, order, isInPlace) => {
          const aloneStarts = new Map<string, number>();
          const done: string[] = [];
          // A record fails with others as long as it would fail alone.
          const isBad = (number: string): boolean => (aloneStarts.get(number) ?? 0) < failures[Number(number)]!;
          const fn = new SplitFunction(
            (numbers) => {
              const bad = numbers.filter(isBad);
              if (numbers.length === 1) aloneStarts.set(numbers[0]!, (aloneStarts.get(numbers[0]!) ?? 0) + 1);
              if (bad.length > 0) throw new Error(bad.join(' '));
              done.push(...numbers);
            },
            { attempts, order, retry: isInPlace ? { baseMs: 1, capMs: 5 } : 'redelivery' },
          );
          const records = failures.map((_, n) => kinesisRecord(String(n), { key: String(n % 3) }));
          const deliveries = await drain(fn.lambda, fn.chain, records, numberOf);

          expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
          expect([...done, ...fn.sink.numbers].sort()).toEqual(records.map(numberOf).sort());
          for (const number of fn.charged) expect(failures[Number(number)]).toBeGreaterThan(0);
          for (const { attempts: made } of fn.sink.stored) expect(made.failed).toBe(attempts);
          for (const { batch, ending } of deliveries) {
            for (const number of batch.filter((each) => !reportedIn(ending).includes(each)))
              expect(done.includes(number) || fn.sink.numbers.includes(number)).toBe(true);
          }
          expect(fn.lambda.timers).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('one invocation: reported, quarantined and done is exactly the batch, disjoint, in 2·ceil(log2 n) + 1 calls a bad record', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 40, maxLength: 40 }),
        fc.constantFrom('key' as const, 'shard' as const, 'none' as const),
        fc.integer({ min: 1, max: 2 }),
        async (bad, keys, order, attempts) => {
          const done: string[] = [];
          const fn = new SplitFunction(
            (numbers) => {
              if (numbers.some((number) => bad[Number(number)])) throw new Error('names nobody');
              done.push(...numbers);
            },
            { order, attempts },
          );
          const Records = bad.map((_, n) => kinesisRecord(String(n), { key: String(keys[n]) }));
          const ending = await fn.lambda.invoke(fn.chain, { Records });
          const ends = [...done, ...fn.sink.numbers, ...reportedIn(ending)];
          expect(ends.sort()).toEqual(Records.map(numberOf).sort());
          const badCount = bad.filter(Boolean).length;
          const most = Math.max(1, badCount * (2 * Math.ceil(Math.log2(bad.length)) + 1));
          expect(fn.calls.length).toBeLessThanOrEqual(most);
          for (const number of fn.charged) expect(bad[Number(number)]).toBe(true);
          if (order !== 'none') {
            const unresolved = new Set(reportedIn(ending));
            const place = new Map(done.map((number, at) => [number, at]));
            for (const [n, record] of Records.entries()) {
              const later = Records.slice(n + 1).filter(
                (other) => order === 'shard' || laneOf(other) === laneOf(record),
              );
              for (const other of later) {
                const at = place.get(numberOf(other));
                if (unresolved.has(numberOf(record))) expect(at).toBeUndefined();
                if (at !== undefined && place.has(numberOf(record)))
                  expect(at).toBeGreaterThan(place.get(numberOf(record))!);
              }
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

function laneOf({ kinesis }: KinesisStreamRecord): string {
  return kinesis.partitionKey;
}

test.each([
  ['no handler', () => splitOnError(undefined as never)],
  ['an unknown option', () => splitOnError(() => {}, { reports: 'every' } as never)],
  ['an order that is none', () => splitOnError(() => {}, { order: 'batch' } as never)],
])('is refused at construction: %s', (_what, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'bad-option' }));
});
