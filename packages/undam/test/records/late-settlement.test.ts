import { expect, test } from '@jest/globals';
import { OutageError } from '../../src/base/errors.ts';
import type { SendResult } from '../../src/sinks/sink.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

test('a handler that answers its abort with an OutageError has the record held, uncharged', async () => {
  const fn: GuardedFunction = new GuardedFunction(
    (_record, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new OutageError('the downstream hangs')));
      }),
    { timeBudget: { recordMs: 500 }, quarantine: { attempts: 1 } },
  );
  for (let delivery = 0; delivery < 3; delivery++) expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
  expect(fn.sink.stored).toEqual([]);
  expect(fn.events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', next: 'hold' }));
});

test('a record that was cut off and is done before the response is fixed is done', async () => {
  const fn: GuardedFunction = new GuardedFunction(
    async ({ kinesis }) => {
      if (kinesis.sequenceNumber === 'b') return fn.lambda.clock.sleep(4_100);
      throw new Error('poison');
    },
    {
      quarantine: { attempts: 1 },
      sink: {
        async send(envelopes): Promise<SendResult[]> {
          await fn.lambda.clock.sleep(4_400);
          return envelopes.map(() => ({ accepted: true }));
        },
      },
    },
  );
  expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
});

test('a sink whose prepare() rejects is prepared in vain, and nothing else', async () => {
  const fn = new GuardedFunction(
    () => {
      throw new Error('poison');
    },
    {
      quarantine: { attempts: 1 },
      sink: {
        prepare: (() => Promise.reject(new Error('no sdk'))) as () => void,
        send: async (envelopes) => envelopes.map(() => ({ accepted: true })),
      },
    },
  );
  expect(reportedIn(await fn.deliver('a'))).toEqual([]);
});

test('a record whose time has ended is charged, also if all others end in the turn that it has left to settle', async () => {
  let endOther = () => {};
  const fn: GuardedFunction = new GuardedFunction(
    ({ kinesis }, { signal }) => {
      if (kinesis.sequenceNumber === 'b') return fn.lambda.clock.sleep(200);
      if (kinesis.sequenceNumber === 'c') return new Promise<void>((resolve) => (endOther = resolve));
      signal.addEventListener('abort', () => endOther());
      return new Promise(() => {});
    },
    { concurrency: 2, timeBudget: { recordMs: 500 } },
  );
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['a']);
  expect(fn.events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', how: 'timed-out' }));
});

test('a first record that runs alone, because it was cut off before, lets all others start once its own time has ended', async () => {
  const ledger = new MarkingLedger();
  const startedAt: number[] = [];
  const fn: GuardedFunction = new GuardedFunction(
    ({ kinesis }) => {
      startedAt.push(fn.lambda.clock.now());
      return kinesis.sequenceNumber === 'a' ? new Promise(() => {}) : fn.lambda.clock.sleep(100);
    },
    { ledger, timeBudget: { recordMs: 200 } },
  );
  ledger.know({ a: { attempts: { started: 1, failed: 0, timedOut: 0, crashed: 0 } } });
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['a']);
  const [alone = 0, ...others] = startedAt;
  expect(others).toHaveLength(2);
  expect(Math.min(...others)).toBeGreaterThanOrEqual(alone + 200);
  expect(Math.max(...others)).toBeLessThan(alone + 300);
});
