import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drain } from '../../test/kit/mapping.ts';
import { middyVersions } from '../../test/kit/middy-versions.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisRecord } from '../../test/kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../../test/kit/virtual-lambda.ts';
import { laneNames } from '../engine/run/lanes.ts';
import { eachRecord } from '../handlers/each-record.ts';
import { splitOnError } from '../handlers/split-on-error.ts';
import { wholeBatch } from '../handlers/whole-batch.ts';
import { readBatch } from './batch.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from './kinesis.ts';
import { membersOf } from './units.ts';

const middy = middyVersions[0]![1];
const stream = 's/consumer/mine:1';
const numberOf = (record: unknown): string => (record as KinesisStreamRecord).kinesis.sequenceNumber;
const textOf = (record: KinesisStreamRecord): string => Buffer.from(record.kinesis.data, 'base64').toString();

/** User records of one KPL aggregate, as Lambda hands them to a consumer of enhanced fan-out. */
function unit(sequenceNumber: string, ...texts: readonly string[]): KinesisStreamRecord[] {
  return texts.map((data) => kinesisRecord(sequenceNumber, { key: 'outer', data, stream }));
}

function setUp(attempts = 2) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const guarded = () =>
    middy().use(
      lambda.middlewares.streamGuard({ quarantine: { sink, attempts, retry: 'redelivery' }, observe: () => {} }),
    );
  const textsQuarantined = () => sink.stored.map(({ data }) => Buffer.from(data, 'base64').toString());
  return { lambda, sink, guarded, textsQuarantined };
}

describe('records that share a sequence number', () => {
  test('run in event order, are reported by one number, and only the failed one runs again', async () => {
    const { lambda, guarded, textsQuarantined } = setUp();
    const runs: string[] = [];
    const chain = guarded().handler(
      eachRecord(async (record) => {
        runs.push(textOf(record));
        await lambda.clock.sleep(5);
        if (textOf(record) === 'b') throw new Error('poison');
      }),
    );
    const Records = [...unit('1', 'a', 'b', 'c'), ...unit('2', 'd')];
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual(['1', '2']);
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual([]);
    expect(runs).toEqual(['a', 'b', 'b', 'c', 'd']);
    expect(textsQuarantined()).toEqual(['b']);
  });

  test('each have an id of their own in quarantine, that names the member and says where it stood', async () => {
    const { lambda, sink, guarded } = setUp(1);
    const chain = guarded().handler(
      eachRecord(() => {
        throw new Error('poison');
      }),
    );
    await lambda.invoke(chain, { Records: unit('1', 'a', 'a', 'b') });
    // Cut off by a BatchSize, and by itself still another record than those.
    await lambda.invoke(chain, { Records: unit('1', 'c') });
    expect(new Set(sink.stored.map(({ id }) => id)).size).toBe(4);
    expect(new Set(sink.stored.map(({ origin }) => origin.member)).size).toBe(4);
    expect(sink.stored.map(({ unit: place }) => place)).toEqual([
      { position: 0, size: 3 },
      { position: 1, size: 3 },
      { position: 2, size: 3 },
      undefined,
    ]);
  });

  test('are known by what they are where Lambda cuts the unit', async () => {
    const { lambda, guarded } = setUp();
    const runs: string[] = [];
    let down = true;
    const chain = guarded().handler(
      eachRecord(
        (record) => {
          runs.push(textOf(record));
          if (textOf(record) === 'head' && down) throw new Error('for a while');
        },
        { order: 'none' },
      ),
    );
    const [head, a, b, c] = [unit('1', 'head')[0]!, ...unit('2', 'a', 'b', 'c')];
    expect(reportedIn(await lambda.invoke(chain, { Records: [head, a!, b!] }))).toEqual(['1']);
    down = false;
    expect(reportedIn(await lambda.invoke(chain, { Records: [head, a!] }))).toEqual([]);
    expect(reportedIn(await lambda.invoke(chain, { Records: [b!, c!] }))).toEqual([]);
    // Nothing shows that this is the `b` that was done: an equal one of the unit could come here for the first time.
    expect(runs).toEqual(['head', 'a', 'b', 'head', 'b', 'c']);
  });

  test('that are equal run again where the unit is another, and none of them is lost', async () => {
    const { lambda, guarded } = setUp(5);
    const runs: string[] = [];
    let down = true;
    const chain = guarded().handler(
      eachRecord(
        (record) => {
          runs.push(textOf(record));
          if (textOf(record) === 'head' && down) throw new Error('for a while');
        },
        { order: 'none' },
      ),
    );
    const head = unit('1', 'head')[0]!;
    const twins = unit('2', 'a', 'a');
    expect(reportedIn(await lambda.invoke(chain, { Records: [head, ...twins] }))).toEqual(['1']);
    expect(reportedIn(await lambda.invoke(chain, { Records: [head, ...twins] }))).toEqual(['1']);
    expect(runs).toEqual(['head', 'a', 'a', 'head']);
    down = false;
    runs.length = 0;
    await lambda.invoke(chain, { Records: [head, twins[0]!] });
    await lambda.invoke(chain, { Records: [twins[1]!] });
    expect(runs.filter((text) => text === 'a')).toEqual(['a', 'a']);
  });

  test('named by a batch handler are called one by one: the number says of none that it failed', async () => {
    const { lambda, guarded, textsQuarantined } = setUp();
    const calls: string[][] = [];
    const chain = guarded().handler(
      wholeBatch(({ Records }: KinesisStreamEvent) => {
        calls.push(Records.map(textOf));
        const bad = Records.find((record) => textOf(record) === 'b');
        return { batchItemFailures: bad === undefined ? [] : [{ itemIdentifier: numberOf(bad) }] };
      }),
    );
    const Records = [...unit('1', 'x'), ...unit('2', 'a', 'b', 'c')];
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual(['2']);
    expect(reportedIn(await lambda.invoke(chain, { Records: Records.slice(1) }))).toEqual([]);
    expect(calls).toEqual([['x', 'a', 'b', 'c'], ['a'], ['b'], ['b'], ['c']]);
    expect(textsQuarantined()).toEqual(['b']);
  });

  test('of which a middleware has lost one fail the invocation', async () => {
    const { lambda, guarded } = setUp();
    const chain = guarded()
      .before(({ event }) => void event.Records.splice(1, 1))
      .handler(eachRecord(() => {}));
    expect(errorOf(await lambda.invoke(chain, { Records: unit('1', 'a', 'b') }))).toMatchObject({
      code: 'event-changed',
    });
  });

  test('the first unresolved one of the unit that is first is charged when the budget cuts it off', async () => {
    const { lambda, guarded, textsQuarantined } = setUp();
    const chain = guarded().handler(
      eachRecord((record) => (textOf(record) === 'b' ? new Promise(() => {}) : undefined)),
    );
    const deliver = () => lambda.invoke(chain, { Records: unit('1', 'a', 'b', 'c') }, lambda.context(2_000));
    // The first response resolves `a`, and the next two charge `b`.
    expect(reportedIn(await deliver())).toEqual(['1']);
    expect(reportedIn(await deliver())).toEqual(['1']);
    await deliver();
    expect(textsQuarantined()).toEqual(['b']);
  });
});

test('lanes whose keys meet in a unit are one', () => {
  const record = (number: string, key: string) => kinesisRecord(number, { key, stream });
  const batch = readBatch({
    Records: [
      record('1', 'a'),
      record('2', 'b'),
      record('2', 'c'),
      record('3', 'c'),
      record('4', 'd'),
      record('5', ''),
    ],
  });
  const [first, second, third, fourth, fifth, last] = laneNames(batch, 'key');
  expect([third, fourth]).toEqual([second, second]);
  expect(new Set([first, second, fifth]).size).toBe(3);
  expect(last).toBeUndefined();
  const unordered = laneNames(batch, 'none');
  expect(unordered[1]).toBe(unordered[2]);
  expect([unordered[0], unordered[3]]).toEqual([undefined, undefined]);
});

test('a member is known by the same id in any unit in which no other is like it, and twins only in the same one', () => {
  const idsOf = (...contents: string[]) => membersOf('7', contents).map(({ id }) => id);
  expect(idsOf('a', 'b')[1]).toBe(idsOf('b')[0]);
  expect(idsOf('b', 'a')[0]).toBe(idsOf('a', 'b', 'c')[1]);
  expect(idsOf('a', 'a', 'b').slice(0, 2)).not.toContain(idsOf('a')[0]);
  expect(idsOf('a', 'b', 'a')).toEqual([idsOf('a', 'a', 'b')[0], idsOf('b')[0], idsOf('a', 'a', 'b')[1]]);
  expect(idsOf('a', 'a')).not.toEqual(idsOf('a', 'a', 'b').slice(0, 2));
});

describe.each(['eachRecord', 'wholeBatch', 'wholeBatch, every', 'splitOnError'] as const)('%s', (kind) => {
  test('loses no member and quarantines each that never succeeds, however the units are cut', async () => {
    const members = fc.record({
      content: fc.integer({ min: 0, max: 3 }),
      failures: fc.constantFrom(0, 0, 0, 1, Infinity),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(members, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 3 }),
        async (units, batchSize, attempts) => {
          const { lambda, guarded, textsQuarantined } = setUp(attempts);
          const failures = new Map<string, number>();
          const records = units.flatMap((contents, n) => {
            for (const { content, failures: count } of contents) failures.set(`${n}/${content}`, count);
            return unit(String(n + 1), ...contents.map(({ content }) => `${n}/${content}`));
          });
          const starts = new Map<string, number>();
          const done: string[] = [];
          const works = (record: KinesisStreamRecord): boolean => {
            const text = textOf(record);
            starts.set(text, (starts.get(text) ?? 0) + 1);
            return starts.get(text)! > failures.get(text)!;
          };
          const handlers = {
            eachRecord: () =>
              eachRecord((record) => {
                if (!works(record)) throw new Error('no');
                done.push(textOf(record));
              }),
            wholeBatch: () =>
              wholeBatch(({ Records }: KinesisStreamEvent) => {
                for (const record of Records) {
                  if (!works(record)) return { batchItemFailures: [{ itemIdentifier: numberOf(record) }] };
                  done.push(textOf(record));
                }
                return { batchItemFailures: [] };
              }),
            'wholeBatch, every': () =>
              wholeBatch(
                ({ Records }: KinesisStreamEvent) => {
                  const bad = Records.filter((record) => {
                    const well = works(record);
                    if (well) done.push(textOf(record));
                    return !well;
                  });
                  return { batchItemFailures: bad.map((record) => ({ itemIdentifier: numberOf(record) })) };
                },
                { reports: 'every' },
              ),
            splitOnError: () =>
              splitOnError(({ Records }: KinesisStreamEvent) => {
                const well = Records.map(works);
                if (well.includes(false)) throw new Error('no');
                done.push(...Records.map(textOf));
              }),
          };
          const chain = guarded().handler(handlers[kind]());
          const deliveries = await drain(lambda, chain, records, numberOf, { deliveriesMost: 200, batchSize });
          expect(reportedIn(deliveries.at(-1)!.ending)).toEqual([]);
          const quarantined = textsQuarantined();
          for (const text of new Set(records.map(textOf))) {
            const copies = records.filter((record) => textOf(record) === text).length;
            const count = (texts: readonly string[]) => texts.filter((each) => each === text).length;
            expect(count(done) + count(quarantined)).toBeGreaterThanOrEqual(copies);
            if (failures.get(text) === Infinity) expect(count(quarantined)).toBeGreaterThanOrEqual(copies);
          }
          for (const { ending } of deliveries.filter(({ ending: each }) => each.kind === 'answered'))
            expect(new Set(reportedIn(ending)).size).toBe(reportedIn(ending).length);
          expect(lambda.timers).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });
});
