import { describe, expect, test } from '@jest/globals';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const quick = { timeBudget: { recordMs: 300 } };

describe('recordMs', () => {
  test('ends in an aborted signal, whose reason is a TimeoutError', async () => {
    const reasons: unknown[] = [];
    const fn: GuardedFunction = new GuardedFunction((_record, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return new Promise(() => {});
    }, quick);
    expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
    expect(reasons).toEqual([expect.objectContaining({ name: 'TimeoutError' })]);
  });

  test('a signal that is first read after the time-out is aborted, too', async () => {
    const seen: boolean[] = [];
    const fn: GuardedFunction = new GuardedFunction(async (_record, attempt) => {
      await fn.lambda.clock.sleep(400);
      seen.push(attempt.signal.aborted);
      await new Promise(() => {});
    }, quick);
    await fn.deliver('a');
    await fn.lambda.pass(1_000);
    expect(seen).toEqual([true]);
  });

  test('a hang frees its place, and is charged without a repeat in the same invocation', async () => {
    const fn = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? new Promise(() => {}) : undefined),
      { ...quick, concurrency: 1, quarantine: { retry: { baseMs: 1 } } },
    );
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['a']);
    expect(fn.starts).toEqual(['a', 'b', 'c']);
    expect(fn.events).toContainEqual({ type: 'zombies', count: 1 });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
    expect(fn.sink.stored.map(({ reason }) => reason)).toEqual(['timed-out']);
  });

  test('a success that comes late, but before the response, counts', async () => {
    const slow: GuardedFunction = new GuardedFunction(async ({ kinesis }) => {
      await slow.lambda.clock.sleep(kinesis.sequenceNumber === 'a' ? 700 : 250);
    }, quick);
    expect(reportedIn(await slow.deliver('a', 'b1', 'b2', 'b3', 'b4'))).toEqual([]);
    expect(slow.events).toContainEqual(expect.objectContaining({ type: 'attempt-failed', how: 'timed-out' }));
    expect(slow.starts.filter((number) => number === 'a')).toHaveLength(1);
  });

  test('a success that comes after the response is ignored: the record comes again', async () => {
    const fn: GuardedFunction = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'a' ? fn.lambda.clock.sleep(900) : undefined),
      quick,
    );
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a']);
    await fn.lambda.pass(2_000);
    expect(fn.takeStarts()).toEqual(['a', 'b']);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['a']);
  });

  test('a rejection after the response counts against no record', async () => {
    const fn: GuardedFunction = new GuardedFunction(async () => {
      await fn.lambda.clock.sleep(900);
      throw new Error('late');
    }, quick);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual(['a', 'b']);
    await fn.lambda.pass(2_000);
  });

  test('a rejection that follows the signal is charged once, as timed-out', async () => {
    const fn: GuardedFunction = new GuardedFunction(
      (_record, { signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      quick,
    );
    expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(fn.sink.stored.map(({ reason, attempts }) => [reason, attempts])).toEqual([
      ['timed-out', { started: 2, failed: 0, timedOut: 2, crashed: 0 }],
    ]);
  });

  test('a synchronous handler that took too long has still succeeded', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => fn.lambda.clock.block(500), quick);
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  });

  test('a blocked event loop counts against no record, and an event tells of it', async () => {
    const fn: GuardedFunction = new GuardedFunction(async ({ kinesis }) => {
      await fn.lambda.clock.sleep(100);
      if (kinesis.sequenceNumber === 'a') fn.lambda.clock.block(1_500);
      await fn.lambda.clock.sleep(100);
    }, quick);
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'event-loop-blocked' }));
    expect(fn.events).not.toContainEqual(expect.objectContaining({ type: 'attempt-failed' }));
  });
});

describe('the end of the budget', () => {
  test('charges the first record of the batch and gives every other attempt back', async () => {
    const fn = new GuardedFunction(() => new Promise(() => {}), { concurrency: 2 });
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
    expect(fn.takeStarts()).toEqual(['a', 'b']);
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(fn.sink.stored.map(({ origin, attempts }) => [origin.sequenceNumber, attempts.timedOut])).toEqual([
      ['a', 2],
    ]);
    expect(fn.lambda.timers).toBe(0);
  });

  test('ends no attempt without timeBudget(): nothing is cut off', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => fn.lambda.clock.sleep(4_500), { timeBudget: false });
    expect(reportedIn(await fn.deliver('a', 'b'))).toEqual([]);
  });

  test('is seen between synchronous records, too', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => fn.lambda.clock.block(1_500));
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd', 'e'))).toEqual(['d', 'e']);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'budget-ended' }));
  });

  test('no back-off is waited for beyond it', async () => {
    const fn = new GuardedFunction(() => Promise.reject(new Error('poison')), {
      quarantine: { attempts: 10, retry: { baseMs: 3_000, capMs: 10_000 } },
    });
    expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
    expect(fn.lambda.clock.now()).toBeLessThan(4_000);
  });

  test('records done behind one that it cut off do not run again', async () => {
    let hangs = true;
    const fn = new GuardedFunction(({ kinesis }) =>
      hangs && kinesis.sequenceNumber === 'b' ? new Promise(() => {}) : undefined,
    );
    expect(reportedIn(await fn.deliver('a', 'b', 'c', 'd'))).toEqual(['b']);
    hangs = false;
    fn.takeStarts();
    expect(reportedIn(await fn.deliver('b', 'c', 'd', 'e'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['b', 'e']);
  });
});
