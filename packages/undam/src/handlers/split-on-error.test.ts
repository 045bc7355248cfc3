import { describe, expect, test } from '@jest/globals';
import { badAre, letters, SplitFunction } from '../../test/kit/split-function.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { PermanentError } from '../base/errors.ts';
import { splitOnError } from './split-on-error.ts';

test('a call that throws is repeated in halves until the bad record is alone; only that record is reported', async () => {
  const fn = new SplitFunction(badAre('c'));
  expect(reportedIn(await fn.deliver(...letters(8)))).toEqual(['c']);
  expect(fn.takeCalls()).toEqual(['a b c d e f g h', 'a b c d', 'a b', 'c d', 'c', 'd', 'e f g h']);
  expect(fn.charged).toEqual(['c']);
  expect(reportedIn(await fn.deliver(...letters(8).slice(2)))).toEqual([]);
  expect(fn.takeCalls()).toEqual(['c']);
  expect(fn.sink.stored.map(({ reason, attempts }) => [reason, attempts.failed])).toEqual([['attempts-exhausted', 2]]);
});

test('a batch that succeeds is called once', async () => {
  const fn = new SplitFunction(() => undefined);
  expect(reportedIn(await fn.deliver(...letters(8)))).toEqual([]);
  expect(fn.calls).toHaveLength(1);
});

test('the retry policy repeats the lone record in place', async () => {
  let fails = 1;
  const fn = new SplitFunction(
    (numbers) => {
      if (numbers.includes('b') && (numbers.length > 1 || fails-- > 0)) throw new Error('for a while');
    },
    { retry: { baseMs: 100 } },
  );
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  expect(fn.takeCalls()).toEqual(['a b c', 'a b', 'a', 'b', 'b', 'c']);
  expect(fn.charged).toEqual(['b']);
});

describe('later calls leave out, behind an unresolved record,', () => {
  test.each([
    ['key', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1', 'b1', 'b2 c1'], ['a1', 'a2', 'a3']],
    ['shard', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1'], ['a1', 'a2', 'b1', 'a3', 'b2', 'c1']],
    ['none', ['a1 a2 b1 a3 b2 c1', 'a1 a2 b1', 'a1 a2', 'a1', 'a2', 'b1', 'a3 b2 c1'], ['a1']],
  ] as const)('the lane of order %s', async (order, calls, reported) => {
    const fn = new SplitFunction(badAre('a1'), { order });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'a3', 'b2', 'c1'))).toEqual(reported);
    expect(fn.takeCalls()).toEqual(calls);
    expect(fn.charged).toEqual(['a1']);
  });

  test('nothing once it is quarantined', async () => {
    const fn = new SplitFunction(badAre('a1'), { attempts: 1 });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1', 'a3'))).toEqual([]);
    expect(fn.takeCalls()).toEqual(['a1 a2 b1 a3', 'a1 a2', 'a1', 'b1', 'a2 a3']);
    expect(fn.sink.numbers).toEqual(['a1']);
  });

  test('its lane if the sink refuses it', async () => {
    const fn = new SplitFunction(badAre('a1'), { attempts: 1 }, new StoringSink(() => false));
    expect(reportedIn(await fn.deliver('b1', 'a1', 'a2', 'c1'))).toEqual(['a1', 'a2']);
  });
});

test('a PermanentError names no record of a larger call, and quarantines a lone record at once', async () => {
  const fn = new SplitFunction((numbers) => {
    if (numbers.includes('a')) throw new PermanentError('never');
  });
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  expect(fn.sink.stored.map(({ reason, origin }) => [origin.sequenceNumber, reason])).toEqual([['a', 'permanent']]);
});

test('the summary counts one start for each record of each call', async () => {
  const fn = new SplitFunction(badAre('c'));
  await fn.deliver('a', 'b', 'c', 'd');
  expect(fn.takeCalls()).toEqual(['a b c d', 'a b', 'c d', 'c', 'd']);
  expect(fn.summary).toMatchObject({ attemptsStarted: 10, attemptsFailed: 1 });
});

describe('a handler that names its failures instead of throwing has failed', () => {
  test.each([
    ['{ batchItemFailures } with a record in it', { batchItemFailures: [{ itemIdentifier: 'b' }] }],
    ['batchItemFailures that is no array', { batchItemFailures: 'b' }],
    ['settled results', [{ status: 'fulfilled' }, { status: 'rejected', reason: new Error('b') }]],
    [
      'settled results with an iterator that hides them',
      Object.assign([{ status: 'rejected' }], { [Symbol.iterator]: () => [].values(), some: () => false }),
    ],
    [
      'a getter that throws',
      {
        get batchItemFailures() {
          throw new Error('getter');
        },
      },
    ],
  ])('%s', async (_name, answer) => {
    const fn = new SplitFunction((numbers) => (numbers.includes('b') ? answer : 'any other answer'));
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    expect(fn.charged).toEqual(['b']);
    expect(fn.events.some(({ type }) => type === 'answer-unreadable')).toBe(true);
  });

  test('an empty report is success', async () => {
    const fn = new SplitFunction(() => ({ batchItemFailures: [] }));
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  });
});

test.each([
  ['no handler', () => splitOnError(undefined as never)],
  ['an unknown option', () => splitOnError(() => {}, { reports: 'every' } as never)],
  ['an order that is none', () => splitOnError(() => {}, { order: 'batch' } as never)],
])('is refused at construction: %s', (_what, make) => {
  expect(make).toThrow(expect.objectContaining({ code: 'bad-option' }));
});
