import { describe, expect, test } from '@jest/globals';
import { fanOutStream, kinesisRecord, kplUnit, numberOf, textOf } from '../../test/kit/stream.ts';
import { unitFunction } from '../../test/kit/unit-function.ts';
import { errorOf, reportedIn } from '../../test/kit/virtual-lambda.ts';
import { laneNames } from '../engine/run/lanes.ts';
import { eachRecord } from '../handlers/each-record.ts';
import { wholeBatch } from '../handlers/whole-batch.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from './kinesis-types.ts';
import { readBatch } from './read-batch.ts';
import { membersOf } from './record-id.ts';

/** A function whose record `head` fails until `recover()`, under `order: 'none'`. */
function withFailingHead(attempts?: number) {
  const { lambda, guarded } = unitFunction(attempts);
  const runs: string[] = [];
  let fails = true;
  const chain = guarded().handler(
    eachRecord(
      (record) => {
        runs.push(textOf(record));
        if (textOf(record) === 'head' && fails) throw new Error('for a while');
      },
      { order: 'none' },
    ),
  );
  return {
    runs,
    head: kplUnit('1', 'head')[0]!,
    deliver: (...Records: readonly KinesisStreamRecord[]) => lambda.invoke(chain, { Records }),
    recover: () => {
      fails = false;
    },
  };
}

describe('records that share a sequence number', () => {
  test('run in event order, are reported by one number, and only the failed one runs again', async () => {
    const { lambda, guarded, textsQuarantined } = unitFunction();
    const runs: string[] = [];
    const chain = guarded().handler(
      eachRecord(async (record) => {
        runs.push(textOf(record));
        await lambda.clock.sleep(5);
        if (textOf(record) === 'b') throw new Error('poison');
      }),
    );
    const Records = [...kplUnit('1', 'a', 'b', 'c'), ...kplUnit('2', 'd')];
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual(['1', '2']);
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual([]);
    expect(runs).toEqual(['a', 'b', 'b', 'c', 'd']);
    expect(textsQuarantined()).toEqual(['b']);
  });

  test('each have an id of their own in quarantine, with their member and their place', async () => {
    const { lambda, sink, guarded } = unitFunction(1);
    const chain = guarded().handler(
      eachRecord(() => {
        throw new Error('poison');
      }),
    );
    await lambda.invoke(chain, { Records: kplUnit('1', 'a', 'a', 'b') });
    // Cut off by a BatchSize, this is another record than those.
    await lambda.invoke(chain, { Records: kplUnit('1', 'c') });
    expect(new Set(sink.stored.map(({ id }) => id)).size).toBe(4);
    expect(new Set(sink.stored.map(({ origin }) => origin.member)).size).toBe(4);
    expect(sink.stored.map(({ unit: place }) => place)).toEqual([
      { position: 0, size: 3 },
      { position: 1, size: 3 },
      { position: 2, size: 3 },
      undefined,
    ]);
  });

  test('are known by their content after Lambda cuts the unit', async () => {
    const { deliver, runs, head, recover } = withFailingHead();
    const [a, b, c] = kplUnit('2', 'a', 'b', 'c');
    expect(reportedIn(await deliver(head, a!, b!))).toEqual(['1']);
    recover();
    expect(reportedIn(await deliver(head, a!))).toEqual([]);
    expect(reportedIn(await deliver(b!, c!))).toEqual([]);
    // This may be another `b` than the done one: an equal one of the unit could come here for the first time.
    expect(runs).toEqual(['head', 'a', 'b', 'head', 'b', 'c']);
  });

  test('that are equal run again after a cut, and none of them is lost', async () => {
    const { deliver, runs, head, recover } = withFailingHead(5);
    const twins = kplUnit('2', 'a', 'a');
    expect(reportedIn(await deliver(head, ...twins))).toEqual(['1']);
    expect(reportedIn(await deliver(head, ...twins))).toEqual(['1']);
    expect(runs).toEqual(['head', 'a', 'a', 'head']);
    recover();
    runs.length = 0;
    await deliver(head, twins[0]!);
    await deliver(twins[1]!);
    expect(runs.filter((text) => text === 'a')).toEqual(['a', 'a']);
  });

  test('named by a batch handler are called one by one, since the number names no single one', async () => {
    const { lambda, guarded, textsQuarantined } = unitFunction();
    const calls: string[][] = [];
    const chain = guarded().handler(
      wholeBatch(({ Records }: KinesisStreamEvent) => {
        calls.push(Records.map(textOf));
        const bad = Records.find((record) => textOf(record) === 'b');
        return { batchItemFailures: bad === undefined ? [] : [{ itemIdentifier: numberOf(bad) }] };
      }),
    );
    const Records = [...kplUnit('1', 'x'), ...kplUnit('2', 'a', 'b', 'c')];
    expect(reportedIn(await lambda.invoke(chain, { Records }))).toEqual(['2']);
    expect(reportedIn(await lambda.invoke(chain, { Records: Records.slice(1) }))).toEqual([]);
    expect(calls).toEqual([['x', 'a', 'b', 'c'], ['a'], ['b'], ['b'], ['c']]);
    expect(textsQuarantined()).toEqual(['b']);
  });

  test('of which a middleware removes one fail the invocation', async () => {
    const { lambda, guarded } = unitFunction();
    const chain = guarded()
      .before(({ event }) => void event.Records.splice(1, 1))
      .handler(eachRecord(() => {}));
    expect(errorOf(await lambda.invoke(chain, { Records: kplUnit('1', 'a', 'b') }))).toMatchObject({
      code: 'event-changed',
    });
  });

  test('at the head of a batch are charged one at a time when the budget cuts them off', async () => {
    const { lambda, guarded, textsQuarantined } = unitFunction();
    const chain = guarded().handler(
      eachRecord((record) => (textOf(record) === 'b' ? new Promise(() => {}) : undefined)),
    );
    const deliver = () => lambda.invoke(chain, { Records: kplUnit('1', 'a', 'b', 'c') }, lambda.context(2_000));
    // The first response resolves `a`, and the next two charge `b`.
    expect(reportedIn(await deliver())).toEqual(['1']);
    expect(reportedIn(await deliver())).toEqual(['1']);
    await deliver();
    expect(textsQuarantined()).toEqual(['b']);
  });
});

test('lanes whose keys meet in a unit are one lane', () => {
  const record = (number: string, key: string) => kinesisRecord(number, { key, stream: fanOutStream });
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

test('a member has the same id in any unit without an equal member, and equal ones only in the same unit', () => {
  const idsOf = (...contents: string[]) => membersOf('7', contents).map(({ id }) => id);
  expect(idsOf('a', 'b')[1]).toBe(idsOf('b')[0]);
  expect(idsOf('b', 'a')[0]).toBe(idsOf('a', 'b', 'c')[1]);
  expect(idsOf('a', 'a', 'b').slice(0, 2)).not.toContain(idsOf('a')[0]);
  expect(idsOf('a', 'b', 'a')).toEqual([idsOf('a', 'a', 'b')[0], idsOf('b')[0], idsOf('a', 'a', 'b')[1]]);
  expect(idsOf('a', 'a')).not.toEqual(idsOf('a', 'a', 'b').slice(0, 2));
});
