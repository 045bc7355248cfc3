import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { Ledger } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { levelOf } from '../../src/observe/event-level.ts';
import type { PassedUnresolved, UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent, kinesisRecord } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

/** A function whose records of these numbers fail, with a ledger that all its environments share. */
function setUp(failing: (number: string) => boolean, ledger: Ledger = { ...memoryLedger(), isShared: true }) {
  const lambda = new VirtualLambda();
  const events: PassedUnresolved[] = [];
  const observe = (event: UndamEvent): void => {
    if (event.type === 'passed-unresolved') events.push(event);
  };
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(
      lambda.middlewares.streamGuard({
        quarantine: { sink: new StoringSink(), attempts: 9, retry: 'redelivery' },
        ledger,
        observe,
      }),
    )
    .handler(
      eachRecord(({ kinesis }) => {
        if (failing(kinesis.sequenceNumber)) throw new Error('no');
      }),
    );
  const deliver = (...records: (string | KinesisStreamRecord)[]) =>
    lambda.invoke(chain as never, {
      Records: records.flatMap((record) => (typeof record === 'string' ? kinesisEvent(record).Records : record)),
    });
  return { deliver, events };
}

describe('a reported record that Lambda has moved past', () => {
  test('is told of once, with the record of its key that came behind it', async () => {
    const { deliver, events } = setUp((number) => number === 'a07');
    await deliver('a07');
    await deliver('b08');
    expect(events).toEqual([]);
    await deliver('b11', 'a12');
    await deliver('a13');
    expect(events).toEqual([
      {
        type: 'passed-unresolved',
        sequenceNumber: 'a07',
        behind: { index: 1, sequenceNumber: 'a12', shardId: 'shardId-000000000000' },
        times: 1,
        likely: 'unknown',
      },
    ]);
  });

  test('that had come again before is no sign of ReportBatchItemFailures missing', async () => {
    const { deliver, events } = setUp((number) => number === 'a07');
    await deliver('a07');
    await deliver('a07');
    await deliver('a12');
    expect(events).toMatchObject([{ sequenceNumber: 'a07', times: 2, likely: 'given-up' }]);
  });

  test('is told of if its quarantine was pending, too, and if another has come again', async () => {
    const { deliver, events } = setUp((number) => number !== 'a12');
    await deliver('c05');
    await deliver('c05');
    await deliver('a07');
    await deliver('a12');
    expect(events).toMatchObject([{ sequenceNumber: 'a07', times: 1, likely: 'given-up' }]);
  });

  test('is not told of a record that is in the batch, or resolved, or has no record of its key behind it', async () => {
    let down = true;
    const { deliver, events } = setUp((number) => number === 'a07' && down);
    await deliver('a07', 'a08');
    await deliver('a07', 'a08');
    await deliver('a05');
    down = false;
    await deliver('a07', 'a08');
    await deliver('a09');
    expect(events).toEqual([]);
  });

  test('says that reports are ignored once three are gone, and none has ever come again', async () => {
    const { deliver, events } = setUp((number) => /^[a-z]0/.test(number));
    for (const key of 'abcd') {
      await deliver(`${key}01`);
      await deliver(`${key}12`);
    }
    expect(events.map(({ likely }) => likely)).toEqual(['unknown', 'unknown', 'reports-ignored', 'reports-ignored']);
    expect(events.map(levelOf)).toEqual(['warn', 'warn', 'error', 'error']);
  });

  test('may have come again to another environment, if each has a ledger of its own: one event tells that many are gone', async () => {
    const { deliver, events } = setUp((number) => /0$/.test(number), memoryLedger());
    for (let n = 1; n < 50; n++) await deliver(`a${n + 100}0`);
    await deliver('a2001');
    expect(events).toEqual([]);
    for (let n = 1; n < 50; n++) {
      await deliver(`b${n + 100}0`);
      await deliver(`b${n + 100}1`);
    }
    expect(events).toMatchObject([{ likely: 'unknown' }]);
  });

  test('is no sign of a fault if each environment has a ledger of its own, and one has come again', async () => {
    const { deliver, events } = setUp((number) => /0$/.test(number), memoryLedger());
    await deliver('c1000');
    await deliver('c1000');
    for (let n = 1; n < 60; n++) {
      await deliver(`b${n + 100}0`);
      await deliver(`b${n + 100}1`);
    }
    expect(events).toEqual([]);
  });

  test('is no record of a unit that comes cut otherwise', async () => {
    const { deliver, events } = setUp(() => true);
    const unit = (...texts: string[]) =>
      texts.map((data) => kinesisRecord('100', { key: 'a', data, stream: 's/consumer/mine:1' }));
    await deliver(...unit('x', 'x', 'y'));
    await deliver(...unit('x'));
    expect(events).toEqual([]);
  });
});
