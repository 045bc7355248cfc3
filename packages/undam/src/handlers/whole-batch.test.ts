import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type BatchCall, batchHandlerKinds, numbersOf, report } from '../../test/kit/batch-handlers.ts';
import { drain } from '../../test/kit/mapping.ts';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord, numberOf } from '../../test/kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import { OutageError, PermanentError } from '../base/errors.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../streams/kinesis-types.ts';
import { type BatchHandler, wholeBatch } from './whole-batch.ts';

const middy = middyVersions[0]![1];

/** The number of failures of a record before it succeeds; it fails for ever without one. */
const scripts = fc.array(fc.constantFrom(0, 0, 0, 1, 2, Infinity), { minLength: 1, maxLength: 8 });

describe('a handler that', () => {
  describe.each(Object.entries(batchHandlerKinds))('%s', (kind, makeHandler) => {
    test('keeps the laws over any number of deliveries', async () => {
      const reports = kind === 'runs and reports every record' ? 'every' : 'first';
      await fc.assert(
        fc.asyncProperty(scripts, fc.integer({ min: 1, max: 3 }), async (failures, attempts) => {
          const lambda = new VirtualLambda();
          const sink = new StoringSink();
          const starts = new Map<string, number>();
          const calls: BatchCall[] = [];
          const works = (number: string): boolean => {
            starts.set(number, (starts.get(number) ?? 0) + 1);
            return starts.get(number)! > failures[Number(number)]!;
          };
          const handler = makeHandler(works, calls);
          const chain = middy()
            .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts }, observe: () => {} }))
            .handler(wholeBatch(handler, { reports }));
          const records = failures.map((_, n) => kinesisRecord(String(n), { key: String(n % 3) }));
          const deliveries = await drain(lambda, chain, records, numberOf);

          const done = calls.flatMap((call) => call.done);
          const poison = failures.flatMap((count, n) => (count >= attempts ? [String(n)] : []));
          expect(sink.numbers.sort()).toEqual(poison);
          expect(sink.stored.map((envelope) => envelope.attempts.failed)).toEqual(poison.map(() => attempts));
          expect(new Set([...done, ...sink.numbers]).size).toBe(records.length);
          expect(deliveries.every(({ ending }) => ending.kind === 'answered')).toBe(true);
          expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
          for (const { batch, ending } of deliveries) {
            for (const number of batch.filter((each) => !reportedIn(ending).includes(each))) {
              expect(done.includes(number) || sink.numbers.includes(number)).toBe(true);
            }
          }
          if (reports === 'every') expect(new Set(done).size).toBe(done.length);
          expect(lambda.timers).toBe(0);
        }),
        { numRuns: 60 },
      );
    });
  });
});

function setUp(handler: BatchHandler<KinesisStreamRecord>, attempts = 2) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const chain = middy()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts }, observe: () => {} }))
    .handler(wholeBatch(handler));
  return { lambda, sink, chain };
}

test('once a record is quarantined, the handler is called again with the records behind it', async () => {
  const calls: string[][] = [];
  const { lambda, sink, chain } = setUp((event) => {
    const got = numbersOf(event);
    calls.push(got);
    return report(got.filter((number) => number === 'b' || number === 'd').slice(0, 1));
  }, 1);
  expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c', 'd', 'e')))).toEqual([]);
  expect(calls).toEqual([['a', 'b', 'c', 'd', 'e'], ['c', 'd', 'e'], ['e']]);
  expect(sink.numbers).toEqual(['b', 'd']);
});

test('after a refusal of the sink no record behind the refused one runs, and that one is sent again first', async () => {
  const calls: string[][] = [];
  const { lambda, sink, chain } = setUp((event) => {
    calls.push(numbersOf(event));
    return report(['a']);
  }, 1);
  const refusing = new StoringSink((_envelope, call) => call > 1);
  sink.send = refusing.send.bind(refusing);
  const event = kinesisEvent('a', 'b');
  expect(reportedIn(await lambda.invoke(chain, event))).toEqual(['a', 'b']);
  errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
  expect(refusing.numbers).toEqual(['a']);
  expect(calls).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ]);
});

test('a quarantined record stays quarantined if a later call throws', async () => {
  const calls: string[][] = [];
  const { lambda, sink, chain } = setUp((event) => {
    const got = numbersOf(event);
    calls.push(got);
    if (got.includes('a')) return report(['a']);
    throw new Error('names nobody');
  }, 1);
  for (let delivery = 0; delivery < 3; delivery++) {
    errorOf(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')));
  }
  expect(sink.numbers).toEqual(['a']);
  expect(calls.filter((got) => got.includes('a'))).toHaveLength(1);
});

test.each([
  ['empties event.Records', ({ Records }: KinesisStreamEvent) => void Records.splice(0)],
  ['replaces event.Records', (event: KinesisStreamEvent) => void Object.assign(event, { Records: [] })],
  ['reverses event.Records', ({ Records }: KinesisStreamEvent) => void Records.reverse()],
  [
    'wipes the records',
    ({ Records }: KinesisStreamEvent) => void Records.forEach((each) => void Object.assign(each, { kinesis: {} })),
  ],
])('a handler that %s while it runs changes nothing in the response', async (_does, change) => {
  const { lambda, sink, chain } = setUp((event) => {
    const got = Object.keys(event.Records).length;
    change(event);
    return report(got === 3 ? ['b'] : []);
  }, 1);
  expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a', 'b', 'c')))).toEqual([]);
  expect(sink.stored.map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual(['payload b']);
});

test('a handler that throws on a lone record: PermanentError quarantines it, OutageError charges nothing', async () => {
  for (const [error, sent, reported] of [
    [new PermanentError('never'), ['permanent'], []],
    [new OutageError('down'), [], ['a']],
  ] as const) {
    const { lambda, sink, chain } = setUp(() => {
      throw error;
    });
    for (let delivery = 0; delivery < 3; delivery++) {
      expect(reportedIn(await lambda.invoke(chain, kinesisEvent('a')))).toEqual(reported);
      if (sent.length > 0) break;
    }
    expect(sink.stored.map(({ reason }) => reason)).toEqual(sent);
  }
});

test('a call that stops at another record is no start of a record that has not failed yet', async () => {
  const run: string[] = [];
  const { lambda, sink, chain } = setUp((event) => {
    const got = numbersOf(event);
    const failed = got.findIndex((number) => number === 'b' || number === 'd');
    run.push(...(failed < 0 ? got : got.slice(0, failed + 1)));
    return report(failed < 0 ? [] : [got[failed]!]);
  });
  const records = ['a', 'b', 'c', 'd', 'e'].map((number) => kinesisRecord(number));
  await drain(lambda, chain, records, numberOf);
  expect(sink.numbers).toEqual(['b', 'd']);
  for (const { origin, attempts } of sink.stored) {
    const started = run.filter((number) => number === origin.sequenceNumber).length;
    expect(attempts).toMatchObject({ started, failed: started });
  }
});

test('a record that has failed before counts one start per invocation, for any number of calls', async () => {
  const { lambda, sink, chain } = setUp((event) => report(numbersOf(event).slice(0, 1)));
  for (const numbers of [['d'], ['b', 'd'], ['b', 'd']]) {
    const records = numbers.map((number) => kinesisRecord(number));
    await lambda.invoke(chain, { Records: records });
  }
  expect(sink.stored.map(({ origin, attempts }) => [origin.sequenceNumber, attempts.started, attempts.failed])).toEqual(
    [
      ['b', 2, 2],
      ['d', 3, 2],
    ],
  );
});
