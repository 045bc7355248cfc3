import { describe, expect, test } from '@jest/globals';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { type MiddyRequest, middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const text = (data: string): string => Buffer.from(data, 'base64').toString();

function recordsOf({ event }: MiddyRequest): KinesisStreamRecord[] {
  return event.Records as KinesisStreamRecord[];
}

/** Puts the text in place of the base64, in a copy of the event. */
function parseACopy(request: MiddyRequest): void {
  const Records = recordsOf(request).map((record) => ({
    ...record,
    kinesis: { ...record.kinesis, data: text(record.kinesis.data) },
  }));
  request.event = { ...request.event, Records };
}

/** The same in the records themselves. */
function parseInPlace(request: MiddyRequest): void {
  for (const { kinesis } of recordsOf(request)) kinesis.data = text(kinesis.data);
}

const parsers = [
  ['into a copy', parseACopy],
  ['in place', parseInPlace],
] as const;

const filters = [
  [
    'into a copy',
    (request: MiddyRequest) => void Object.assign(request, { event: { Records: recordsOf(request).slice(1) } }),
  ],
  ['in place', ({ event }: MiddyRequest) => void Object.assign(event, { Records: event.Records.slice(1) })],
  ['out of the array itself', (request: MiddyRequest) => void recordsOf(request).shift()],
] as const;

function setUp() {
  const lambda = new VirtualLambda();
  const { partialBatch, quarantine, timeBudget } = lambda.middlewares;
  const sink = new StoringSink();
  const ours = {
    quarantine: quarantine({ sink, attempts: 2, retry: 'redelivery' }),
    timeBudget: timeBudget(),
    partialBatch: partialBatch({ observe: () => {} }),
  };
  return { lambda, sink, ours, all: Object.values(ours) };
}

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(parsers)('a middleware that parses the data %s', (_how, parse) => {
    test('reaches the handler, and the envelope still has the original bytes, over redeliveries', async () => {
      const { lambda, sink, all } = setUp();
      const seen: string[] = [];
      const chain = middy()
        .use(all)
        .before(parse)
        .handler(
          eachRecord(({ kinesis: { data, sequenceNumber } }) => {
            seen.push(data);
            if (sequenceNumber === 'b') throw new Error('poison');
          }),
        );
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual(['b']);
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('b', 'c')))).toEqual([]);
      expect(seen).toEqual(['payload a', 'payload b', 'payload c', 'payload b']);
      expect(sink.stored.map(({ data }) => text(data))).toEqual(['payload b']);
    });

    test('reaches the handler from between ours, too', async () => {
      const { lambda, ours } = setUp();
      const seen: string[] = [];
      const chain = middy()
        .use(ours.quarantine)
        .before(parse)
        .use(ours.partialBatch)
        .handler(eachRecord(({ kinesis: { data } }) => void seen.push(data)));
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toEqual([]);
      expect(seen).toEqual(['payload a', 'payload b']);
    });

    test('cannot spoil the envelope from between ours either', async () => {
      const { lambda, sink, ours } = setUp();
      const chain = middy()
        .use(ours.quarantine)
        .before(parse)
        .use([ours.timeBudget, ours.partialBatch])
        .handler(
          eachRecord(() => {
            throw new Error('poison');
          }),
        );
      await lambda.invoke(chain, kinesisEvent('a'));
      await lambda.invoke(chain, kinesisEvent('a'));
      expect(sink.stored.map(({ data }) => text(data))).toEqual(['payload a']);
    });

    test('reaches a batch handler in every call', async () => {
      const { lambda, all } = setUp();
      const seen: string[][] = [];
      const chain = middy()
        .use(all)
        .before(parse)
        .handler(
          wholeBatch(({ Records }) => {
            seen.push(Records.map(({ kinesis }) => kinesis.data));
            const poison = Records.filter(({ kinesis }) => kinesis.sequenceNumber === 'b');
            return { batchItemFailures: poison.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
          }),
        );
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual(['b', 'c']);
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('b', 'c')))).toEqual([]);
      expect(seen).toEqual([['payload a', 'payload b', 'payload c'], ['payload b', 'payload c'], ['payload c']]);
    });
  });

  const nothing = { batchItemFailures: [] };
  const handlers = {
    'eachRecord()': eachRecord(() => {}),
    'wholeBatch()': wholeBatch(() => nothing),
  };

  describe.each(Object.entries(handlers))('around %s', (_kind, handler) => {
    test.each(filters)('a middleware that filters records %s loses none: event-changed', async (_how, filter) => {
      const { lambda, all } = setUp();
      const chain = middy().use(all).before(filter).handler(handler);
      const error = errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
      expect(error).toMatchObject({ code: 'event-changed' });
      expect(lambda.timers).toBe(0);
    });
  });

  test('a record that failed before is not lost to a filter either', async () => {
    const { lambda, all } = setUp();
    const started: string[] = [];
    let filtering = false;
    const chain = middy()
      .use(all)
      .before((request) => {
        if (filtering) request.event = { Records: recordsOf(request).slice(1) };
      })
      .handler(
        eachRecord(({ kinesis }) => {
          started.push(kinesis.sequenceNumber);
          throw new Error('poison');
        }),
      );
    await lambda.invoke(chain, kinesisEvent('a', 'b'));
    filtering = true;
    expect(errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b')))).toMatchObject({ code: 'event-changed' });
    expect(started).toEqual(['a', 'b']);
  });

  test('done, quarantined and pending records stay in the event, and are in no call of a batch handler', async () => {
    const lambda = new VirtualLambda();
    const { partialBatch, quarantine } = lambda.middlewares;
    const sink = new StoringSink(({ origin }) => origin.sequenceNumber !== 'b');
    const numbersOf = (records: readonly KinesisStreamRecord[]): string[] =>
      records.map(({ kinesis }) => kinesis.sequenceNumber);
    const delivered: string[][] = [];
    const seen: string[][] = [];
    const chain = middy()
      .use([partialBatch({ observe: () => {} }), quarantine({ sink, attempts: 1 })])
      .before((request) => void delivered.push(numbersOf(recordsOf(request))))
      .handler(
        wholeBatch(
          ({ Records }: KinesisStreamEvent) => {
            const numbers = numbersOf(Records);
            seen.push(numbers);
            const failed = numbers.filter((number) => number === 'b' || number === 'd');
            return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
          },
          { reports: 'every' },
        ),
      );
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c', 'd')))).toEqual(['b']);
    expect(reportedIn(await lambda.invoke(chain, kinesisEvent('b', 'c', 'd', 'e')))).toEqual(['b']);
    expect(delivered[1]).toEqual(['b', 'c', 'd', 'e']);
    expect(seen).toEqual([['a', 'b', 'c', 'd'], ['e']]);
    expect(sink.numbers).toEqual(['d']);
  });
});
