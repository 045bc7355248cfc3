import { describe, expect, test } from '@jest/globals';
import middy7 from '@middy/core';
import { type BatchHandler, wholeBatch } from '../../src/handlers/whole-batch.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const middy = middyVersions[0]![1];
type Handler = BatchHandler<KinesisStreamRecord>;

function setUp(makeHandler: (lambda: VirtualLambda) => Handler) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const chain = middy()
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2 }, observe: () => {} }))
    .handler(wholeBatch(makeHandler(lambda)));
  const deliver = (...numbers: string[]) => lambda.invoke(chain, kinesisEvent(...numbers), lambda.context(3_000));
  return { lambda, sink, deliver };
}

const hang: Handler = () => new Promise(() => {});

describe('a batch handler that hangs', () => {
  test('with several records fails the invocation when the budget ends, and charges no record', async () => {
    const { lambda, sink, deliver } = setUp(() => hang);
    for (let delivery = 0; delivery < 4; delivery++) {
      const from = lambda.clock.now();
      expect(errorOf(await deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
      expect(lambda.clock.now() - from).toBeLessThanOrEqual(2_100);
    }
    expect(sink.stored).toEqual([]);
    expect(lambda.timers).toBe(0);
  });

  test('with one record has it charged, and quarantined after N', async () => {
    const { lambda, sink, deliver } = setUp(() => hang);
    expect(reportedIn(await deliver('a'))).toEqual(['a']);
    expect(reportedIn(await deliver('a'))).toEqual([]);
    expect(sink.stored.map(({ reason, attempts }) => [reason, attempts.timedOut])).toEqual([['timed-out', 2]]);
    expect(lambda.timers).toBe(0);
  });

  test('behind a record that was quarantined leaves the rest for the next delivery, uncharged', async () => {
    const { sink, deliver } = setUp(() => (event, context, options) => {
      const got = numbersOf(event);
      return got[0] === 'a' ? report(['a']) : hang(event, context, options);
    });
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual(['a', 'b', 'c']);
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(sink.numbers).toEqual(['a']);
  });

  test('until its signal is aborted and then rejects is cut off, not blamed', async () => {
    const untilAborted: BatchHandler<never> = (_event, _context, { signal }) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('own error'))));
    const { sink, deliver } = setUp(() => untilAborted as Handler);
    expect(errorOf(await deliver('a', 'b'))).toMatchObject({ code: 'budget-ended' });
    expect(reportedIn(await deliver('a'))).toEqual(['a']);
    expect(reportedIn(await deliver('a'))).toEqual([]);
    expect(sink.stored.map(({ reason }) => reason)).toEqual(['timed-out']);
  });

  test('until its signal is aborted and then reports the rest charges only the first record of the batch', async () => {
    const leavesFrom =
      (from: string) =>
      (): Handler =>
      (event, _context, { signal }) => {
        const got = numbersOf(event);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(report(got.slice(got.indexOf(from)))));
        });
      };
    const middle = setUp(leavesFrom('b'));
    for (let delivery = 0; delivery < 4; delivery++)
      expect(reportedIn(await middle.deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
    expect(middle.sink.stored).toEqual([]);
    const head = setUp(leavesFrom('a'));
    expect(reportedIn(await head.deliver('a', 'b'))).toEqual(['a', 'b']);
    expect(reportedIn(await head.deliver('a', 'b'))).toEqual(['b']);
    expect(head.sink.stored.map(({ reason, attempts }) => [reason, attempts.timedOut])).toEqual([['timed-out', 2]]);
  });

  test('until its signal is aborted and then answers is taken at its word', async () => {
    const untilAborted: Handler = (_event, _context, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(report(['b']))));
    const { deliver } = setUp(() => untilAborted);
    expect(reportedIn(await deliver('a', 'b', 'c'))).toEqual(['b', 'c']);
  });
});

test("a time-out of its own, such as AbortSignal.timeout()'s, is a rejection", async () => {
  const { sink, deliver } = setUp(() => () => {
    throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  });
  await deliver('a');
  await deliver('a');
  expect(sink.stored.map(({ reason, attempts }) => [reason, attempts.failed])).toEqual([['attempts-exhausted', 2]]);
});

test("Middy's own early time-out ends the invocation before the budget does, and charges no record", async () => {
  const sink = new StoringSink();
  const attemptsFailed: string[] = [];
  const observe = ({ type }: UndamEvent): void => void (type === 'attempt-failed' && attemptsFailed.push(type));
  const chain = middy7({ timeoutEarlyInMillis: 1_000 })
    .use(streamGuard({ quarantine: { sink, attempts: 1 }, timeBudget: { reserveMs: 200 }, observe }))
    .handler(wholeBatch(() => new Promise(() => {})));
  const deadline = performance.now() + 1_150;
  const context = { getRemainingTimeInMillis: () => deadline - performance.now() } as never;
  await expect(chain(kinesisEvent('a'), context)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect([sink.stored, attemptsFailed]).toEqual([[], []]);
});
