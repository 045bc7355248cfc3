import { describe, expect, test } from '@jest/globals';
import type { Ledger, Memory } from '../../src/ledgers/ledger.ts';
import { memoryLedger } from '../../src/ledgers/memory.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { likePromise } from '../kit/thenable.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe('a ledger', () => {
  const open: Memory = { state: 'open', attempts: { started: 1, failed: 1, timedOut: 0, crashed: 0 } };

  const failures: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('ledger');
      },
    ],
    ['rejects', () => Promise.reject(new Error('ledger'))],
    ['never answers', () => new Promise(() => {})],
  ];

  test.each<readonly [string, () => unknown]>([
    ...failures,
    ['answers undefined', () => undefined],
    ['answers with an array', () => Promise.resolve([])],
    ['answers with an object', () => ({ a: open })],
  ])('whose recall %s costs the memory and no record', async (_does, recall) => {
    const ledger = { ...memoryLedger(), recall } as Ledger;
    const fn = new GuardedFunction(() => {}, { ledger });
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(fn.starts).toEqual(['a', 'b']);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'ledger-failed', operation: 'recall' }));
    expect(fn.lambda.timers).toBe(0);
  });

  test.each(failures)('whose remember %s changes nothing in the response', async (_does, remember) => {
    const ledger = { ...memoryLedger(), remember } as Ledger;
    const fn = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? Promise.reject(new Error('poison')) : undefined),
      { ledger },
    );
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'ledger-failed', operation: 'remember' }));
    expect(fn.lambda.timers).toBe(0);
  });

  test('is asked once and written once, and not written at all while everything is done', async () => {
    const calls: string[] = [];
    const memory = memoryLedger();
    const ledger: Ledger = {
      recall(...parameters) {
        calls.push('recall');
        return memory.recall(...parameters);
      },
      remember(...parameters) {
        calls.push('remember');
        return memory.remember(...parameters);
      },
    };
    let works = true;
    const fn = new GuardedFunction(() => (works ? undefined : Promise.reject(new Error('poison'))), { ledger });
    await fn.deliver('a', 'b');
    expect(calls.splice(0)).toEqual(['recall']);
    works = false;
    await fn.deliver('a', 'b');
    expect(calls.splice(0)).toEqual(['recall', 'remember']);
    works = true;
    await fn.deliver('a', 'b');
    expect(calls.splice(0)).toEqual(['recall', 'remember']);
    await fn.deliver('a', 'b');
    expect(calls).toEqual(['recall']);
  });

  test('that makes its own promises is waited for', async () => {
    const memory = memoryLedger();
    const later = <T>(answer: () => T): Promise<T> => {
      return likePromise(fn.lambda.clock.sleep(20).then(answer)) as Promise<T>;
    };
    const ledger: Ledger = {
      recall: (key, numbers) => later(() => memory.recall(key, numbers) as never),
      remember: (key, changes) => later(() => memory.remember(key, changes) as never),
    };
    const attempts: number[] = [];
    const fn: GuardedFunction = new GuardedFunction(
      (_record, { attempt }) => {
        attempts.push(attempt);
        throw new Error('poison');
      },
      { ledger },
    );
    await fn.deliver('a');
    await fn.deliver('a');
    expect(attempts).toEqual([1, 2]);
    expect(fn.sink.numbers).toEqual(['a']);
  });
});
