import { BatchProcessor, EventType, FullBatchFailureError, processPartialResponse } from '@aws-lambda-powertools/batch';
import { describe, expect, test } from '@jest/globals';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { OutageError, PermanentError } from '../../src/base/errors.ts';
import { type WholeBatchOptions, wholeBatch } from '../../src/handlers/whole-batch.ts';
import { drain } from '../kit/mapping.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord, numberOf } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

interface SetUp extends WholeBatchOptions {
  readonly attempts?: number;
  readonly middy?: (typeof middyVersions)[number][1];
  readonly processInParallel?: boolean;
}

/** A handler as Powertools' documentation writes it, under our middlewares. */
function setUp(recordHandler: (record: KinesisStreamRecord) => Promise<unknown>, options: SetUp = {}) {
  const { attempts = 2, middy = middyVersions[0]![1], processInParallel = true, reports = 'every' } = options;
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  const handler = async (event: KinesisStreamEvent, context: unknown) =>
    processPartialResponse(event, recordHandler, processor, { context: context as Context, processInParallel });
  const chain = middy()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts }, observe: () => {} }))
    .handler(wholeBatch(handler, { reports }));
  const deliver = (...numbers: readonly string[]) => lambda.invoke(chain, kinesisEvent(...numbers));
  return { lambda, sink, chain, deliver };
}

describe.each(middyVersions)("%s: Powertools' own BatchProcessor, through wholeBatch()", (_version, middy) => {
  test('each failure is charged to its own record, no record is lost, and a success runs once', async () => {
    const scripts = fc.array(fc.constantFrom(0, 0, 1, 2, Infinity, Infinity), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(scripts, fc.integer({ min: 1, max: 3 }), fc.boolean(), async (failures, attempts, parallel) => {
        const starts = new Map<string, number>();
        const done: string[] = [];
        const { lambda, sink, chain } = setUp(
          async (record) => {
            const number = numberOf(record);
            starts.set(number, (starts.get(number) ?? 0) + 1);
            await lambda.clock.sleep(1 + ((Number(number) * 3) % 5));
            if (starts.get(number)! <= failures[Number(number)]!) throw new Error(`${number} failed`);
            done.push(number);
          },
          { middy, attempts, processInParallel: parallel },
        );
        const records = failures.map((_, n) => kinesisRecord(String(n), { key: String(n % 3) }));
        const deliveries = await drain(lambda, chain, records, numberOf);

        const poison = failures.flatMap((count, n) => (count >= attempts ? [String(n)] : []));
        expect(sink.numbers.toSorted()).toEqual(poison);
        expect(sink.stored.map((envelope) => envelope.attempts.failed)).toEqual(poison.map(() => attempts));
        for (const number of poison) expect(starts.get(number)).toBe(attempts);
        expect([...done, ...sink.numbers].toSorted()).toEqual(records.map(numberOf));
        expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
        for (const { batch, ending } of deliveries)
          for (const number of batch.filter((each) => !reportedIn(ending).includes(each)))
            expect(done.includes(number) || sink.numbers.includes(number)).toBe(true);
        expect(lambda.timers).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('a batch of which every record failed is answered with all of them', async () => {
    const { deliver, sink } = setUp(() => Promise.reject(new Error('no')), { middy });
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual([]);
    expect(sink.stored.map(({ error, attempts }) => [error?.message, attempts.failed])).toEqual([
      ['no', 2],
      ['no', 2],
      ['no', 2],
    ]);
  });
});

describe('a full-batch failure', () => {
  const messages = (fails: (number: string) => Error) => async (record: KinesisStreamRecord) => {
    throw fails(numberOf(record));
  };

  test('of a lone record is that record failing with its own error', async () => {
    const permanent = setUp(messages(() => new PermanentError('never')));
    expect(reportedIn(await permanent.deliver('a'))).toEqual([]);
    expect(permanent.sink.stored).toMatchObject([{ reason: 'permanent', error: { message: 'never' } }]);
    const outage = setUp(
      messages(() => new OutageError('down')),
      { attempts: 1 },
    );
    expect(reportedIn(await outage.deliver('a'))).toEqual(['a']);
    expect(outage.sink.stored).toEqual([]);
  });

  test('with unlike errors does not say which is whose, so the failure itself is kept of each', async () => {
    const { deliver, sink } = setUp(
      messages((number) => new Error(`${number} failed`)),
      { attempts: 1 },
    );
    expect(reportedIn(await deliver('a', 'b'))).toEqual([]);
    expect(sink.stored.map(({ error }) => error?.name)).toEqual(['FullBatchFailureError', 'FullBatchFailureError']);
  });

  test.each([
    ['are permanent for one', (error: unknown) => (error as { status?: number }).status === 400],
    ['are permanent unless they say otherwise', (error: unknown) => (error as { status?: number }).status !== 503],
  ])('whose errors look alike, but %s, is permanent for none', async (_how, isPermanent) => {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const processor = new BatchProcessor(EventType.KinesisDataStreams);
    // The later record fails first, so that its error is at the place of the earlier one.
    const fail = async (record: KinesisStreamRecord): Promise<void> => {
      const isBad = numberOf(record) === 'b';
      await lambda.clock.sleep(isBad ? 1 : 5);
      throw Object.assign(new Error('the request failed'), { status: isBad ? 400 : 503 });
    };
    const chain = middyVersions[0]![1]()
      .use(
        lambda.middlewares.streamGuard({
          quarantine: { sink, attempts: 5, isPermanent },
          observe: () => {},
        }),
      )
      .handler(
        wholeBatch(
          (event, context) =>
            processPartialResponse(event as never, fail, processor, { context: context as unknown as Context }),
          { reports: 'every' },
        ),
      );
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual(['a', 'b']);
    expect(sink.numbers).toEqual([]);
  });

  test('of an outage holds all of them', async () => {
    const { deliver, sink } = setUp(
      messages(() => new OutageError('down')),
      { attempts: 1 },
    );
    expect(reportedIn(await deliver('a', 'b'))).toEqual(['a', 'b']);
    expect(sink.stored).toEqual([]);
  });

  test('with an outage among other errors charges no record: Lambda bisects the batch', async () => {
    const { deliver, sink } = setUp(
      messages((number) => (number === 'a' ? new OutageError('down') : new Error('no'))),
      { attempts: 1 },
    );
    expect(errorOf(await deliver('a', 'b'))).toBeInstanceOf(FullBatchFailureError);
    expect(reportedIn(await deliver('a'))).toEqual(['a']);
    expect(reportedIn(await deliver('b'))).toEqual([]);
    expect(sink.numbers).toEqual(['b']);
  });

  test('is rethrown until a record is alone, if the handler is not declared to report every record', async () => {
    const { deliver, sink } = setUp(
      messages(() => new Error('no')),
      { reports: 'first', attempts: 1 },
    );
    expect(errorOf(await deliver('a', 'b'))).toBeInstanceOf(FullBatchFailureError);
    expect(reportedIn(await deliver('a'))).toEqual([]);
    expect(sink.stored).toMatchObject([{ error: { name: 'Error', message: 'no' } }]);
  });

  test('is read by index: its list of errors may iterate over nothing', async () => {
    const error = Object.assign(new FullBatchFailureError([]), {
      recordErrors: Object.assign([new Error('no'), new Error('no')], { [Symbol.iterator]: () => [].values() }),
    });
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const chain = middyVersions[0]![1]()
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe: () => {} }))
      .handler(wholeBatch(() => Promise.reject(error), { reports: 'every' }));
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual([]);
    expect(sink.numbers).toEqual(['a', 'b']);
  });

  test.each([
    ['too few errors', [new Error('one')]],
    ['no list of errors', undefined],
    ['a list that cannot be read', new Proxy([], { get: raise })],
  ])('with %s for the call is a throw like any other', async (_what, recordErrors) => {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const chain = middyVersions[0]![1]()
      .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe: () => {} }))
      .handler(
        wholeBatch(
          async () => {
            throw Object.assign(new FullBatchFailureError([]), { recordErrors });
          },
          { reports: 'every' },
        ),
      );
    expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toBeInstanceOf(FullBatchFailureError);
    expect(sink.stored).toEqual([]);
  });
});

function raise(): never {
  throw new Error('not to be read');
}
