import { describe, expect, jest, test } from '@jest/globals';
import { fail, loggedFunction, secret } from '../kit/logged-function.ts';
import { useLoggedLines } from '../kit/logged-lines.ts';
import { kinesisRecord } from '../kit/stream.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const logged = useLoggedLines();

describe('each distinct failure of an invocation', () => {
  test('is a line at its end: name, code, place, and the count of its records', async () => {
    const fn = loggedFunction({ order: 'none', timeBudget: { recordMs: 100 } });
    await fn.deliver('type1', 'a', 'range1', 'type2', 'hang', 'type3');
    const shown = logged.takeParsed();
    expect(shown.map(({ undam }) => undam)).toEqual([
      'zombies',
      'attempt-failed',
      'attempt-failed',
      'attempt-failed',
      'invocation-ended',
    ]);
    const common = { undam: 'attempt-failed', stage: 'handler' };
    expect(shown.slice(1, 4)).toEqual([
      {
        ...common,
        record: { index: 0, sequenceNumber: 'type1', shardId: 'shardId-000000000000' },
        how: 'rejected',
        errorName: 'TypeError',
        at: 'Object.lookUp (/var/task/orders.js:2:33)',
        records: 3,
      },
      {
        ...common,
        record: expect.objectContaining({ sequenceNumber: 'range1' }),
        how: 'rejected',
        errorName: 'RangeError',
        errorCode: 'OUT_OF_STOCK',
        at: 'Object.reserve (/var/task/orders.js:3:40)',
        records: 1,
      },
      {
        ...common,
        record: expect.objectContaining({ sequenceNumber: 'hang' }),
        how: 'timed-out',
        errorName: 'TimeoutError',
        records: 1,
      },
    ]);
  });

  test('counts records, not attempts, and has a line in the next invocation, too', async () => {
    const fn = loggedFunction({ quarantine: { attempts: 3, retry: { baseMs: 1 } } });
    await fn.deliver('type1', 'type2');
    expect(logged.takeFailures()).toMatchObject([{ records: 2 }]);
    await fn.deliver('type3');
    expect(logged.takeFailures()).toMatchObject([{ records: 1, record: { sequenceNumber: 'type3' } }]);
  });

  test('has a line, though the next attempt succeeded', async () => {
    let calls = 0;
    const fn = loggedFunction(
      { quarantine: { attempts: 3, retry: { baseMs: 1 } } },
      () => calls++ === 0 && fail.lookUp({}),
    );
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(logged.takeParsed()).toMatchObject([{ undam: 'attempt-failed', errorName: 'TypeError', records: 1 }]);
  });

  test('tells the decoder from the handler', async () => {
    const fn = loggedFunction({ decode: ({ kinesis }) => kinesis.sequenceNumber === 'b' && JSON.parse('{') }, () => {
      throw new SyntaxError('no');
    });
    await fn.deliver('a', 'b');
    expect(
      logged
        .takeFailures()
        .map(({ stage, errorName }) => [stage, errorName])
        .toSorted(),
    ).toEqual([
      ['decode', 'SyntaxError'],
      ['handler', 'SyntaxError'],
    ]);
  });

  test('has a line up to ten; one more line counts the records of the others', async () => {
    const fn = loggedFunction({ order: 'none' }, ({ kinesis: { sequenceNumber } }) => {
      throw Object.assign(new Error(secret), { code: `E${sequenceNumber}` });
    });
    await fn.deliver(...Array.from({ length: 50 }, (_, n) => `n${n}`));
    const shown = logged.takeFailures();
    expect(shown).toHaveLength(11);
    expect(shown.slice(0, 10).every(({ records }) => records === 1)).toBe(true);
    expect(shown[10]).toEqual({
      undam: 'attempt-failed',
      problem: 'further distinct failures',
      records: 40,
    });
  });

  test('is told by its stack up to 200 times; later ones count for the first of their name', async () => {
    let looks = 0;
    const fn = loggedFunction({ order: 'none', quarantine: { attempts: 9, retry: 'redelivery' } }, () => {
      const made = new Error('no');
      const stack = 'Error: no\n    at book (/var/task/a.js:1:1)';
      const get = () => {
        looks++;
        return stack;
      };
      throw Object.defineProperty(made, 'stack', { get });
    });
    await fn.deliver(...Array.from({ length: 1_000 }, (_, n) => `n${n}`));
    expect(logged.takeFailures()).toMatchObject([{ at: 'book (/var/task/a.js:1:1)', records: 1_000 }]);
    expect(looks).toBe(200);
  });

  test('of an invocation that fails as a whole is in its summary, on standard error', async () => {
    const fn = loggedFunction({}, () => {});
    await fn.deliverEvent({ Records: [{ ...kinesisRecord('a'), eventSource: secret }] });
    expect(logged.errorCalls()).toBe(1);
    const shown = logged.takeText();
    expect(JSON.parse(shown)).toMatchObject({ undam: 'invocation-ended', responded: false, errorCode: 'bad-event' });
    expect(shown).not.toContain(secret);
  });

  test('side by side with another invocation is counted apart', async () => {
    const fn = loggedFunction({}, async ({ kinesis: { sequenceNumber } }) => {
      await Promise.resolve();
      return fail.lookUp(sequenceNumber);
    });
    await Promise.all([fn.deliver('a'), fn.deliver('b', 'c')]);
    expect(
      logged
        .takeFailures()
        .map(({ records }) => records)
        .toSorted(),
    ).toEqual([1, 2]);
  });
});

describe('without failures', () => {
  test('nothing is logged, and no stack is formatted', async () => {
    const { prepareStackTrace } = Error;
    const format = jest.fn(() => 'Error');
    Error.prepareStackTrace = format;
    try {
      const fn = loggedFunction(
        {},
        ({ kinesis }) => kinesis.sequenceNumber === 'bad' && Promise.reject(new Error('no')),
      );
      await fn.deliver('a', 'b');
      expect(logged.take()).toEqual([]);
      expect(format).not.toHaveBeenCalled();
      await fn.deliver('bad');
      expect(format).toHaveBeenCalled();
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(logged.take()).toHaveLength(2);
  });
});
