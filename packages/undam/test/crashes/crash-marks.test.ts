import { describe, expect, test } from '@jest/globals';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Marks } from '../../src/ledgers/ledger.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { markedFunction, markedHandler } from '../kit/marked-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('marks', () => {
  test('tell the begin and the end of every start after a death', async () => {
    const { ledger, fn } = markedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b') throw new Error('no');
    });
    await fn.deliver('a', 'b', 'c');
    await fn.deliver('b', 'c');
    expect(ledger.marks).toEqual([
      'started a',
      'done a',
      'started b',
      'open b',
      'started c',
      'done c',
      'answered behind b c',
      'closed',
      'started b',
      'pending b',
      'quarantined b',
      'answered c',
      'closed',
    ]);
  });

  test('that fail are closed, or they would look like a death', async () => {
    const ledger = new MarkingLedger(false);
    const mark = (): Marks => ({
      ...ledger.mark(),
      answered() {
        throw new Error('planned');
      },
    });
    const fn = new GuardedFunction(() => {}, { ledger: { recall: ledger.recall, remember: ledger.remember, mark } });
    await fn.deliver('a');
    expect(ledger.marks).toEqual(['closed']);
    expect(fn.events.map(({ type }) => type)).toEqual(['ledger-failed', 'invocation-ended']);
  });

  test('tell of a timed-out attempt that it still runs', async () => {
    const { ledger, fn } = markedFunction(() => new Promise(() => {}), { timeBudget: { recordMs: 200 } });
    await fn.deliver('a');
    expect(ledger.marks).toEqual(['started a', 'open a (running)', 'closed']);
  });

  test('are closed when the invocation fails, too', async () => {
    const ledger = new MarkingLedger();
    const { deliver } = markedHandler(
      ledger,
      wholeBatch(() => Promise.reject(new Error('opaque'))),
    );
    expect(await deliver('a', 'b')).toMatchObject({ kind: 'threw' });
    expect(ledger.marks).toEqual(['started a', 'started b', 'open a', 'open b', 'closed']);
  });

  test('tell of the records behind a reported one that they run no more', async () => {
    const ledger = new MarkingLedger();
    const answer = { batchItemFailures: [{ itemIdentifier: 'a' }] };
    await markedHandler(
      ledger,
      wholeBatch(async () => answer),
    ).deliver('a', 'b');
    expect(ledger.marks).toEqual(['started a', 'started b', 'open a', 'open b', 'closed']);
  });

  test.each([
    ['started', 'b'],
    ['done', 'b'],
    ['learned', 'b'],
    ['answered', 'b'],
    ['withdraw', 'a'],
    ['close', 'b'],
  ] as const)('that cannot be written (%s, where %s fails) cost no record, and one event', async (call, failing) => {
    const { ledger, fn } = markedFunction(({ kinesis }) => {
      if (kinesis.sequenceNumber === failing) throw new Error('no');
    });
    const marks = ledger.mark.bind(ledger);
    ledger.mark = () => ({
      ...marks(),
      [call]: () => {
        throw new Error('the disk is full');
      },
    });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([failing]);
    const told = fn.events.filter(({ type }) => type === 'ledger-failed');
    expect(told).toEqual([expect.objectContaining({ operation: 'mark' })]);
  });

  test('that cannot be opened cost no record', async () => {
    const { ledger, fn } = markedFunction();
    ledger.mark = () => {
      throw new Error('no disk');
    };
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'ledger-failed', operation: 'mark' }));
  });
});
