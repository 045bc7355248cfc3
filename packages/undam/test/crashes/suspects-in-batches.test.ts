import { describe, expect, test } from '@jest/globals';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import { numbersOf } from '../kit/batch-handlers.ts';
import { markedHandler } from '../kit/marked-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { diedAlone, suspect } from '../kit/suspects.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const call = (calls: string[][], event: KinesisStreamEvent) => void calls.push(numbersOf(event));

describe.each([
  [
    'wholeBatch()',
    (calls: string[][]) =>
      wholeBatch((event) => {
        call(calls, event);
        return { batchItemFailures: [] };
      }),
  ],
  ['splitOnError()', (calls: string[][]) => splitOnError((event) => call(calls, event))],
])('a handler under %s after a crash', (_, wrap) => {
  function setUpBatches() {
    const ledger = new MarkingLedger();
    const sink = new StoringSink();
    const calls: string[][] = [];
    const { deliver } = markedHandler(ledger, wrap(calls) as never, { quarantine: { sink, attempts: 2 } });
    return { ledger, sink, calls, deliver };
  }

  test('is called with the records before a suspect, with the suspect alone, and with the rest', async () => {
    const { ledger, calls, deliver } = setUpBatches();
    ledger.know({ c: suspect, d: suspect });
    expect(reportedIn(await deliver('a', 'b', 'c', 'd', 'e', 'f'))).toEqual([]);
    expect(calls).toEqual([['a', 'b'], ['c'], ['d'], ['e', 'f']]);
    expect(ledger.marks.filter((mark) => mark.startsWith('alone'))).toEqual(['alone c', 'alone d']);
  });

  test('is called with one that has died alone only as first record of a batch', async () => {
    const { ledger, calls, deliver } = setUpBatches();
    ledger.know({ c: diedAlone(1) });
    expect(reportedIn(await deliver('a', 'b', 'c', 'd'))).toEqual(['c', 'd']);
    expect(reportedIn(await deliver('c', 'd'))).toEqual([]);
    expect(calls).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  test('is not called with one that has died alone N times', async () => {
    const { ledger, sink, calls, deliver } = setUpBatches();
    ledger.know({ b: diedAlone(2) });
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual([]);
    expect(calls.flat()).toEqual(['a', 'c']);
    expect(sink.stored).toMatchObject([{ reason: 'crashed' }]);
  });

  test('has each start marked before it is called, once', async () => {
    const { ledger, deliver } = setUpBatches();
    await deliver('a', 'b');
    expect(ledger.marks).toEqual(['started a', 'started b', 'done a', 'done b', 'answered', 'closed']);
  });
});

test('a suspect that a batch handler has ended and reported is a suspect no more', async () => {
  const ledger = new MarkingLedger();
  const handler = wholeBatch(() => ({ batchItemFailures: [{ itemIdentifier: 'a' }] }));
  const { deliver } = markedHandler(ledger, handler, { quarantine: { sink: new StoringSink(), attempts: 3 } });
  ledger.know({ a: suspect });
  expect(reportedIn(await deliver('a', 'b'))).toEqual(['a', 'b']);
  expect(ledger.marks).toContain('alone a');
  ledger.marks.length = 0;
  expect(reportedIn(await deliver('a', 'b'))).toEqual(['a', 'b']);
  expect(ledger.marks.slice(0, 2)).toEqual(['started a', 'started b']);
});
