import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const middy = middyVersions[0]![1];

function setUp(handler: () => unknown, attempts = 2) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const events: UndamEvent[] = [];
  const { partialBatch, quarantine } = lambda.middlewares;
  const chain = middy()
    .use(partialBatch({ observe: (event) => void events.push(event) }))
    .use(quarantine({ sink, attempts }))
    .handler(wholeBatch(handler));
  return { lambda, sink, events, chain };
}

const many = Array.from({ length: 10_000 }, (_, n) => ({ itemIdentifier: String(n) }));
const failed = (...identifiers: unknown[]) => ({
  batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

const unreadable: readonly (readonly [name: string, answer: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['{}', {}],
  ["''", ''],
  ['[]', []],
  ["'x'", 'x'],
  ['42', 42],
  ['true', true],
  ['a function', () => {}],
  ['JSON text', '{"batchItemFailures":[]}'],
  ['{ batchItemFailures: null }', { batchItemFailures: null }],
  ['{ batchItemFailures: {} }', { batchItemFailures: {} }],
  ['another key', { failedItems: [] }],
  ['an identifier of null', failed(null)],
  ['an identifier of undefined', failed(undefined)],
  ["an identifier of ''", failed('')],
  ['an identifier that is a number', failed(123)],
  ['an identifier that is an object', failed({ toString: () => 'a' })],
  ['an identifier that is not in the batch', failed('z')],
  ['a wrong key', { batchItemFailures: [{ foo: 'a' }] }],
  ['a wrong key with null', { batchItemFailures: [{ foo: null }] }],
  ['bare identifiers', { batchItemFailures: ['a'] }],
  ['null for a failure', { batchItemFailures: [null] }],
  ['a hole for a failure', { batchItemFailures: new Array(1) }],
  ['one valid and one unknown', failed('a', 'z')],
  ['one unknown and one valid', failed('z', 'a')],
  ['ten thousand unknown ones', { batchItemFailures: many }],
  ['too many settled results', Array(4).fill({ status: 'fulfilled' })],
  ['settled results of a bad status', Array(3).fill({ status: 'ok' })],
  ['settled results with holes', new Array(3)],
  ['plain results', [1, 2, 3]],
  [
    'a getter that throws',
    {
      get batchItemFailures() {
        throw new Error('getter');
      },
    },
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        get(_, property) {
          if (property === 'then') return undefined;
          throw new Error('proxy');
        },
      },
    ),
  ],
];

/** An array whose own iterator and methods say that it is empty. */
function emptied<T>(array: T[]): T[] {
  return Object.assign(array, {
    [Symbol.iterator]: () => [].values(),
    entries: () => [].entries(),
    every: () => true,
    some: () => false,
  });
}

describe('wholeBatch() of a handler', () => {
  test.each([undefined, null])('that answers %p is told of splitOnError()', async (nothing) => {
    const { lambda, chain } = setUp(() => nothing);
    const error = errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')));
    expect(error).toMatchObject({ message: expect.stringContaining('answers nothing goes through splitOnError()') });
  });

  describe.each(unreadable)('that answers %s', (_name, answer) => {
    test('with several records fails the invocation and charges no record', async () => {
      const { lambda, sink, events, chain } = setUp(() => answer);
      for (let delivery = 0; delivery < 3; delivery++) {
        const error = errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
        expect(error).toMatchObject({ name: 'UndamError', code: 'unreadable-answer' });
      }
      expect(events.filter(({ type }) => type === 'answer-unreadable')).toHaveLength(3);
      expect(events.filter(({ type }) => type === 'attempt-failed')).toEqual([]);
      expect(sink.stored).toEqual([]);
    });
  });

  test.each(unreadable.filter(([name]) => !['plain results', 'settled results with holes'].includes(name)))(
    'that answers %s with one record has that record charged',
    async (_name, answer) => {
      const { lambda, sink, chain } = setUp(() => answer);
      const lone = kinesisEvent('b');
      expect(reportedIn(await lambda.invoke(chain, lone))).toEqual(['b']);
      expect(reportedIn(await lambda.invoke(chain, lone))).toEqual([]);
      expect(sink.stored.map(({ error }) => error.name)).toEqual(['UndamError']);
    },
  );

  test.each([
    ['frozen', Object.freeze({ batchItemFailures: Object.freeze([Object.freeze({ itemIdentifier: 'b' })]) })],
    ['with duplicates', failed('b', 'b')],
    ['out of order', failed('c', 'b')],
    ['an array that iterates over nothing', { batchItemFailures: emptied([{ itemIdentifier: 'b' }]) }],
    ['with something else in it', { ...failed('b'), also: 1 }],
    ['made of another object than ours', Object.assign(Object.create(null), failed('b'))],
  ])('is read when its answer is %s', async (_how, answer) => {
    const { lambda, events, chain } = setUp(() => answer);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual(['b', 'c']);
    const charged = events.flatMap((event) => (event.type === 'attempt-failed' ? [event.record.sequenceNumber] : []));
    expect(charged).toEqual(['b']);
  });

  test('may report all of ten thousand records', async () => {
    const { lambda, chain } = setUp(() => ({ batchItemFailures: many }));
    const event = kinesisEvent(...many.map(({ itemIdentifier }) => itemIdentifier));
    expect(reportedIn(await lambda.invoke(chain, event))).toHaveLength(10_000);
  });

  test('that answers with settled results has each rejected record charged, and the others are done', async () => {
    const results = await Promise.allSettled([
      1,
      Promise.reject(new Error('one')),
      3,
      Promise.reject(new Error('two')),
    ]);
    const { lambda, sink, chain } = setUp(() => results, 1);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c', 'd')))).toEqual([]);
    expect(sink.stored.map(({ error }) => error.message)).toEqual(['one', 'two']);
  });

  test('that answers with settled results of which none can be iterated has each read all the same', async () => {
    const { lambda, sink, chain } = setUp(
      () => emptied([{ status: 'fulfilled' }, { status: 'rejected', reason: new Error('two') }]),
      1,
    );
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual([]);
    expect(sink.stored.map(({ error }) => error.message)).toEqual(['two']);
  });

  test('shows neither a payload nor a partition key in the error and event for an unreadable answer', async () => {
    for (const secret of ['payload a', 'key-of-a-customer']) {
      for (const answer of [secret, failed(secret), Array(3).fill({ status: secret })]) {
        const { lambda, events, chain } = setUp(() => answer);
        const error = errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
        expect(String(error)).not.toContain(secret);
        expect(JSON.stringify(events)).not.toContain(secret);
      }
    }
  });
});

test('a handler that forgets to return the answer of eachRecord() is no success', async () => {
  const inner = eachRecord(() => {
    throw new Error('poison');
  });
  const lambda = new VirtualLambda();
  const chain = middy()
    .use(lambda.middlewares.partialBatch({ observe: () => {} }))
    .handler(async (event: never, context: never) => {
      await inner(event, context);
    });
  const ending = await lambda.invoke(chain, kinesisEvent('a', 'b'));
  expect(ending.kind === 'threw' ? ['a', 'b'] : reportedIn(ending)).toEqual(['a', 'b']);
});

test('a handler that answers before the eachRecord() inside it has ended fails the invocation', async () => {
  const lambda = new VirtualLambda();
  const inner = eachRecord(() => lambda.clock.sleep(500));
  const chain = middy()
    .use(lambda.middlewares.partialBatch({ observe: () => {} }))
    .handler(async (event: never, context: never) => {
      inner(event, context).catch(() => {});
      return { batchItemFailures: [] };
    });
  expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toMatchObject({ code: 'too-slow' });
  await lambda.pass(1_000);
  expect(lambda.timers).toBe(0);
});
