import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from './each-record.ts';
import type { Ledger } from './ledger.ts';
import { memoryLedger } from './ledgers/memory.ts';
import type { PassedUnresolved, UndamEvent } from './observe.ts';
import { StoringSink } from './storing-sink.fixture.ts';
import { kinesisEvent } from './stream.fixture.ts';
import { VirtualLambda } from './virtual-lambda.fixture.ts';

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
  const deliver = (...numbers: string[]) => lambda.invoke(chain as never, kinesisEvent(...numbers));
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
        othersCameAgain: false,
      },
    ]);
  });

  test('that had come again before is no sign of ReportBatchItemFailures missing', async () => {
    const { deliver, events } = setUp((number) => number === 'a07');
    await deliver('a07');
    await deliver('a07');
    await deliver('a12');
    expect(events).toMatchObject([{ sequenceNumber: 'a07', times: 2, othersCameAgain: true }]);
  });

  test('is told of where its quarantine was pending, too, and where another has come again', async () => {
    const { deliver, events } = setUp((number) => number !== 'a12');
    await deliver('c05');
    await deliver('c05');
    await deliver('a07');
    await deliver('a12');
    expect(events).toMatchObject([{ sequenceNumber: 'a07', times: 1, othersCameAgain: true }]);
  });

  test('is no matter where it is in the batch, has been resolved, or nothing of its key is behind it', async () => {
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

  test('may have come again to another environment, where each has a ledger of its own: many have to be gone, and none seen again', async () => {
    const { deliver, events } = setUp((number) => /^[a-z]0/.test(number), memoryLedger());
    for (const key of 'abcdefghi') {
      await deliver(`${key}01`);
      await deliver(`${key}12`);
    }
    expect(events).toEqual([]);
    await deliver('j01');
    await deliver('j12');
    expect(events).toMatchObject([{ sequenceNumber: 'j01', othersCameAgain: false }]);
    await deliver('k01');
    await deliver('k01');
    await deliver('k12');
    expect(events).toHaveLength(1);
  });
});
