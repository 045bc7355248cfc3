import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Ledger } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { BrokenPromise, foreignPromises, withPromise } from '../kit/foreign-promise.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { type Ending, errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Middy = (typeof middyVersions)[number][1];

const run = async (number: string): Promise<void> => {
  await null;
  if (number === 'bad') throw new Error('poison');
};

const wrappers = {
  'eachRecord()': () => eachRecord(({ kinesis }) => run(kinesis.sequenceNumber)),
  'wholeBatch()': () =>
    wholeBatch(async (event) => {
      await null;
      return report(numbersOf(event).filter((number) => number === 'bad'));
    }),
  'splitOnError()': () =>
    splitOnError(async (event) => {
      for (const number of numbersOf(event as never)) await run(number);
    }),
  StreamProcessor: () => {
    const processor = new StreamProcessor(EventType.KinesisDataStreams);
    const handler = (record: KinesisStreamEvent['Records'][number]): Promise<void> =>
      run(record.kinesis.sequenceNumber);
    return (event: never, context: never) => processPartialResponse(event, handler, processor, { context });
  },
} as const;

/** One that answers at once, and one that answers later. */
const ledgers: readonly (readonly [name: string, ledger: () => Ledger])[] = [
  ['at once', memoryLedger],
  [
    'later',
    () => {
      const { recall, remember } = memoryLedger();
      return { recall: async (...asked) => recall(...asked), remember: async (...told) => remember(...told) };
    },
  ],
];

function setUp(middy: Middy, handler: (event: never, context: never) => unknown, ledger: Ledger = memoryLedger()) {
  const lambda = new VirtualLambda();
  lambda.clock.turns = 8;
  const sink = new StoringSink();
  const events: UndamEvent[] = [];
  const observe = (event: UndamEvent): void => void events.push(event);
  const guard = lambda.middlewares.streamGuard({
    quarantine: { sink, attempts: 2, retry: 'redelivery' },
    ledger,
    observe,
  });
  const chain = middy().use(guard).handler(handler);
  const deliver = (...numbers: string[]): Promise<Ending> => lambda.invoke(chain, kinesisEvent(...numbers));
  return { lambda, sink, events, chain, deliver };
}

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(foreignPromises)('with %s as the global Promise', (_name, promise) => {
    describe.each(Object.entries(wrappers))('around %s', (kind, wrap) => {
      test.each(ledgers)(
        'batches are answered, and failures reported and quarantined; the ledger answers %s',
        async (_when, ledger) => {
          const { lambda, sink, deliver } = setUp(middy, wrap(), ledger());
          await withPromise(promise, async () => {
            expect(reportedIn(await deliver('a', 'b'))).toEqual([]);
            const first = reportedIn(await deliver('c', 'bad', 'e'));
            expect(first).toEqual(kind === 'wholeBatch()' ? ['bad', 'e'] : ['bad']);
            expect(reportedIn(await deliver(...first))).toEqual([]);
          });
          expect(sink.numbers).toEqual(['bad']);
          expect(lambda.timers).toBe(0);
        },
      );

      test.each(['before', 'after'] as const)(
        "another middleware's `%s` that throws fails the invocation",
        async (hook) => {
          const { lambda, sink, events, chain, deliver } = setUp(middy, wrap());
          chain[hook](() => {
            throw new Error('foreign');
          });
          await withPromise(promise, async () => {
            expect(errorOf(await deliver('a', 'bad'))).toMatchObject({ message: 'foreign' });
          });
          expect(sink.stored).toEqual([]);
          if (hook === 'before') expect(events.filter(({ type }) => type === 'attempt-failed')).toEqual([]);
          await lambda.pass(100);
          expect(lambda.timers).toBe(0);
        },
      );

      test.each(['before', 'after'] as const)("another middleware's asynchronous `%s` is no answer", async (hook) => {
        const { chain, deliver } = setUp(middy, wrap());
        chain[hook](async () => {
          await null;
        });
        const ending = await withPromise(promise, () => deliver('a', 'bad', 'c'));
        // Middy 6 awaits every promise. Middy 7 would answer null.
        if (ending.kind === 'answered') expect(reportedIn(ending)).toContain('bad');
        else expect(errorOf(ending)).toMatchObject({ code: 'early-promise' });
      });
    });

    test('a batch that fails as a whole fails the invocation', async () => {
      const failing = wholeBatch(() => Promise.reject(new Error('names nobody')));
      const { deliver } = setUp(middy, failing);
      const ending = await withPromise(promise, () => deliver('a', 'b'));
      expect(errorOf(ending)).toMatchObject({ message: 'names nobody' });
    });

    test('a refusal of our `before` fails the invocation', async () => {
      const { chain, lambda } = setUp(middy, wrappers['eachRecord()']());
      const ending = await withPromise(promise, () => lambda.invoke(chain, { Records: 'none' }));
      expect(errorOf(ending)).toMatchObject({ code: 'bad-event' });
    });

    test('a handler without a wrapper is refused', async () => {
      const { deliver } = setUp(middy, async () => report([]));
      await withPromise(promise, async () => {
        for (let delivery = 0; delivery < 2; delivery++)
          expect(errorOf(await deliver('a'))).toMatchObject({ code: 'unwrapped' });
      });
    });

    test('a handler that puts it there on its way changes nothing', async () => {
      const { sink, deliver } = setUp(
        middy,
        eachRecord(({ kinesis }) => {
          Object.assign(globalThis, { Promise: promise });
          return run(kinesis.sequenceNumber);
        }),
      );
      await withPromise(globalThis.Promise, async () => {
        expect(reportedIn(await deliver('a', 'bad'))).toEqual(['bad']);
        expect(reportedIn(await deliver('bad'))).toEqual([]);
      });
      expect(sink.numbers).toEqual(['bad']);
    });
  });

  test.each(Object.entries(wrappers))(
    '%s: a handler after which no Promise can be made is charged all the same, and the platform has its own again',
    async (_kind, wrap) => {
      const inner = wrap();
      const { sink, events, deliver } = setUp(middy, async (event: never, context: never) => {
        Object.assign(globalThis, { Promise: BrokenPromise });
        return inner(event, context);
      });
      await withPromise(globalThis.Promise, async () => {
        expect(reportedIn(await deliver('bad'))).toEqual(['bad']);
        expect(reportedIn(await deliver('bad'))).toEqual([]);
      });
      expect(sink.numbers).toEqual(['bad']);
      expect(events).toContainEqual({ type: 'global-restored', global: 'Promise' });
    },
  );
});
