import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Wrapped = (event: never, context: never) => Promise<unknown>;

/** Each wrapper around a handler that runs records one after the other and fails on `bad`. */
const wrappers: readonly (readonly [name: string, wrap: (started: string[]) => Wrapped])[] = [
  ['eachRecord()', (started) => eachRecord(({ kinesis }) => run(started, kinesis.sequenceNumber))],
  [
    'wholeBatch()',
    (started) =>
      wholeBatch((event) => {
        const numbers = numbersOf(event);
        const bad = numbers.indexOf('bad');
        started.push(...(bad < 0 ? numbers : numbers.slice(0, bad + 1)));
        return report(bad < 0 ? [] : ['bad']);
      }),
  ],
  [
    'splitOnError()',
    (started) =>
      splitOnError((event) => {
        for (const number of numbersOf(event as never)) run(started, number);
      }),
  ],
  [
    'StreamProcessor',
    (started) => {
      const processor = new StreamProcessor(EventType.KinesisDataStreams);
      const handler = async (record: KinesisStreamEvent['Records'][number]): Promise<void> =>
        run(started, record.kinesis.sequenceNumber);
      return (event, context) => processPartialResponse(event, handler, processor, { context });
    },
  ],
];

function run(started: string[], number: string): void {
  started.push(number);
  if (number === 'bad') throw new Error('poison');
}

function setUp(middy: (typeof middyVersions)[number][1], handler: Wrapped, attempts = 1) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const events: UndamEvent[] = [];
  const observe = (event: UndamEvent): void => void events.push(event);
  const chain = middy()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts, retry: 'redelivery' }, observe }))
    .handler(handler);
  const deliver = (...numbers: string[]) => lambda.invoke(chain, kinesisEvent(...numbers));
  const charged = (): string[] =>
    events.flatMap((event) =>
      event.type === 'attempt-failed' && event.next !== 'hold' ? [event.record.sequenceNumber] : [],
    );
  return { lambda, sink, deliver, charged };
}

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(wrappers)('%s', (_name, wrap) => {
    const copies: readonly (readonly [string, (inner: Wrapped) => Wrapped])[] = [
      ['the event', (inner) => async (event, context) => inner({ ...(event as object) } as never, context)],
      ['the context', (inner) => async (event, context) => inner(event, { ...(context as object) } as never)],
      [
        'the event, its records and the context',
        (inner) => async (event, context) => {
          const { Records } = event as KinesisStreamEvent;
          return inner({ ...(event as object), Records: [...Records] } as never, { ...(context as object) } as never);
        },
      ],
      [
        'all of it, by JSON',
        (inner) => async (event) => inner(JSON.parse(JSON.stringify(event)) as never, {} as never),
      ],
    ];

    test.each(copies)('finds its invocation inside a function that copies %s', async (_what, copying) => {
      const started: string[] = [];
      const { sink, deliver, lambda } = setUp(middy, copying(wrap(started)));
      const ending = await deliver('a', 'bad', 'c');
      expect(reportedIn(ending)).toEqual([]);
      expect(new Set(started)).toEqual(new Set(['a', 'bad', 'c']));
      expect(sink.numbers).toEqual(['bad']);
      expect(lambda.timers).toBe(0);
    });

    test('called twice fails the invocation with claimed-twice, and done records come again', async () => {
      const started: string[] = [];
      const inner = wrap(started);
      let calls = 2;
      const { sink, deliver, lambda } = setUp(
        middy,
        async (event, context) => {
          let answer: unknown;
          for (let call = 0; call < calls; call++) answer = await inner(event, context);
          return answer;
        },
        3,
      );
      expect(errorOf(await deliver('a', 'b'))).toMatchObject({ name: 'UndamError', code: 'claimed-twice' });
      expect(started.splice(0)).toEqual(['a', 'b']);
      calls = 1;
      expect(reportedIn(await deliver('a', 'b'))).toEqual([]);
      expect(started).toEqual(['a', 'b']);
      expect(sink.stored).toEqual([]);
      expect(lambda.timers).toBe(0);
    });

    test('called twice keeps the quarantines and charges of the first call', async () => {
      const inner = wrap([]);
      const { sink, deliver, charged } = setUp(middy, async (event, context) => {
        await inner(event, context);
        return inner(event, context);
      });
      expect(errorOf(await deliver('bad'))).toMatchObject({ code: 'claimed-twice' });
      expect([sink.numbers, charged()]).toEqual([['bad'], ['bad']]);
      expect(errorOf(await deliver('bad'))).toMatchObject({ code: 'claimed-twice' });
      expect([sink.numbers, charged()]).toEqual([['bad'], ['bad']]);
    });

    test.each([
      ['the first answer', (first: unknown) => first],
      ['nothing', () => undefined],
      ['success', () => report([])],
    ])(
      'called twice in a handler that catches the second error and answers %s: the first outcome counts',
      async (_what, answer) => {
        const inner = wrap([]);
        const { deliver } = setUp(
          middy,
          async (event, context) => {
            const first = await inner(event, context);
            await expect(inner(event, context)).rejects.toMatchObject({ code: 'claimed-twice' });
            return answer(first);
          },
          2,
        );
        expect(reportedIn(await deliver('bad', 'b'))).toContain('bad');
      },
    );
  });

  test.each(wrappers.filter(([name]) => name !== 'StreamProcessor'))(
    '%s with some of the records, in a copied context, fails with event-changed',
    async (_name, wrap) => {
      const started: string[] = [];
      const inner = wrap(started);
      const { deliver } = setUp(middy, async (event, context) => {
        const { Records } = event as KinesisStreamEvent;
        return inner({ Records: Records.slice(1) } as never, { ...(context as object) } as never);
      });
      expect(errorOf(await deliver('a', 'b', 'c'))).toMatchObject({ code: 'event-changed' });
      expect(started).toEqual([]);
    },
  );

  test('two wrappers side by side: the second is refused, and the first outcome counts if the error is caught', async () => {
    const started: string[] = [];
    const inner = eachRecord(({ kinesis }) => run(started, kinesis.sequenceNumber));
    const other = wholeBatch(() => report([]));
    const failing = setUp(middy, async (event, context) => Promise.all([inner(event, context), other(event, context)]));
    expect(errorOf(await failing.deliver('a', 'b'))).toMatchObject({ code: 'claimed-twice' });
    expect(failing.charged()).toEqual([]);
    const settling = setUp(
      middy,
      async (event, context) => Promise.allSettled([inner(event, context), other(event, context)]),
      2,
    );
    expect(reportedIn(await settling.deliver('bad', 'b', 'c'))).toEqual(['bad']);
  });

  test.each(wrappers.filter(([name]) => name !== 'StreamProcessor'))(
    'a wrapper called inside the handler of %s is no fault of any record',
    async (name) => {
      const inner = eachRecord(() => {});
      const call = (event: unknown, context: unknown): Promise<unknown> => inner(event as never, context as never);
      const outer: Record<string, Wrapped> = {
        'eachRecord()': eachRecord((record, { context }) => call({ Records: [record] }, { ...context })),
        'wholeBatch()': wholeBatch((event, context) => call(event, context)),
        'splitOnError()': splitOnError((event, context) => call(event, context)),
      };
      const { sink, deliver, charged } = setUp(middy, outer[name]!);
      for (const numbers of [['a'], ['a', 'b'], ['a'], ['b']]) {
        const ending = await deliver(...numbers);
        expect(ending.kind === 'threw' ? numbers : reportedIn(ending)).toEqual(numbers);
      }
      expect([sink.stored, charged()]).toEqual([[], []]);
    },
  );

  test('a StreamProcessor inside wholeBatch() is no second claim', async () => {
    const [, wrap] = wrappers.at(-1)!;
    const inner = wrap([]);
    const { sink, deliver } = setUp(
      middy,
      wholeBatch((event, context) => inner(event as never, context as never), { reports: 'every' }),
    );
    expect(reportedIn(await deliver('a', 'bad', 'c'))).toEqual([]);
    expect(sink.numbers).toEqual(['bad']);
  });
});
