import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { bounds } from '../../src/engine/time/bounds.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { Ledger, Memory } from '../../src/ledgers/ledger.ts';
import { createSqsSink } from '../../src/sinks/sqs/sink-on-queue.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { type Ending, reportedIn } from '../kit/virtual-lambda.ts';

/** What a test's runner waits for a test by default. */
const runnerMs = 5_000;

const hangs = (): Promise<never> => new Promise(() => {});
const fails = (): never => {
  throw new Error('scripted');
};

/** Calls a function with the context `{}`. */
async function call(fn: GuardedFunction, ...sequenceNumbers: string[]): Promise<Ending & { readonly ms: number }> {
  const began = fn.lambda.clock.now();
  const ending = await fn.lambda.invoke(fn.chain, kinesisEvent(...sequenceNumbers), {});
  expect(fn.lambda.timers).toBe(0);
  return { ...ending, ms: fn.lambda.clock.now() - began };
}

describe('without a clock in the context', () => {
  test.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['{}', () => ({})],
    ['a plain error', fails],
    ['nothing', hangs],
  ])('an SQS client that answers %s is given up, and the record is reported', async (_title, answer) => {
    let calls = 0;
    const send = async (): Promise<unknown> => {
      calls++;
      return answer();
    };
    const sdk = { SQSClient: class {} as never, SendMessageBatchCommand: class {} };
    const fn: GuardedFunction = new GuardedFunction(fails, {
      quarantine: { attempts: 1 },
      sink: createSqsSink(
        { queueUrl: 'https://sqs.eu-west-1.amazonaws.com/111122223333/quarantine', client: { send } },
        { load: async () => sdk, random: () => 0.5, sleep: (ms) => fn.lambda.clock.sleep(ms) },
      ),
    });
    const ending = await call(fn, 'a', 'b');
    expect(reportedIn(ending)).toEqual(['a', 'b']);
    expect(ending.ms).toBeLessThan(runnerMs);
    expect(calls).toBeGreaterThanOrEqual(1);
    expect(calls).toBeLessThanOrEqual(20);
  });

  test('a sink that never answers is given up', async () => {
    const fn = new GuardedFunction(fails, { quarantine: { attempts: 1 }, sink: { send: hangs } });
    const ending = await call(fn, 'a');
    expect(reportedIn(ending)).toEqual(['a']);
    expect(ending.ms).toBeLessThan(runnerMs);
  });

  test.each<[string, Partial<Ledger>, number]>([
    ['recalls', { recall: hangs }, bounds.recallMs],
    ['remembers', { remember: hangs }, bounds.storeWithoutDeadlineMs],
  ])('a ledger that never %s is given up', async (_title, broken, ms) => {
    const ledger: Ledger = { recall: () => new Map<string, Memory>(), remember: () => {}, ...broken };
    const fn = new GuardedFunction(fails, { ledger });
    const ending = await call(fn, 'a');
    expect(reportedIn(ending)).toEqual(['a']);
    expect(ending.ms).toBeLessThanOrEqual(ms + 100);
  });

  test.each([
    ['eachRecord()', undefined],
    ['wholeBatch()', wholeBatch(hangs)],
    ['splitOnError()', splitOnError(hangs)],
  ])(
    'timeBudget() ends a handler that hangs under %s before the longest invocation of Lambda',
    async (_title, handler) => {
      const fn = new GuardedFunction(hangs);
      const { partialBatch, timeBudget } = fn.lambda.middlewares;
      const chain = handler
        ? middy({ timeoutEarlyInMillis: 0 })
            .use(partialBatch({ observe: () => {} }))
            .use(timeBudget())
            .handler(handler)
        : fn.chain;
      await fn.lambda.invoke(chain, kinesisEvent('a', 'b'), {});
      expect(fn.lambda.clock.now()).toBeLessThan(bounds.invocationMs);
      expect(fn.lambda.timers).toBe(0);
    },
  );

  test("another middleware's hook that hangs is watched over no longer than Lambda's longest invocation", async () => {
    const { lambda, events } = new GuardedFunction(() => {});
    const { partialBatch } = lambda.middlewares;
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(partialBatch({ observe: (event) => void events.push(event) }))
      .before(hangs)
      .handler(eachRecord(() => {}));
    expect(await lambda.invoke(chain, kinesisEvent('a'), {})).toEqual({ kind: 'killed' });
    expect(lambda.timers).toBe(0);
    const error = expect.objectContaining({ code: 'too-slow' });
    expect(events).toContainEqual(expect.objectContaining({ type: 'invocation-ended', responded: false, error }));
  });

  test('without timeBudget() a handler may take as long as it likes', async () => {
    const fn: GuardedFunction = new GuardedFunction(() => fn.lambda.clock.sleep(1_000_000), { timeBudget: false });
    expect(reportedIn(await call(fn, 'a'))).toEqual([]);
  });

  test('the share of the budget that was used is not known', async () => {
    const fn = new GuardedFunction(() => {});
    await call(fn, 'a');
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'invocation-ended', budgetUsedShare: undefined }));
  });
});

test('with a clock a sink may take as long as its share of the reserve', async () => {
  const sink = new StoringSink();
  const fn: GuardedFunction = new GuardedFunction(fails, {
    quarantine: { attempts: 1 },
    timeBudget: { reserveMs: 20_000 },
    timeoutMs: 30_000,
    sink: {
      send: async (envelopes, limits) => {
        await fn.lambda.clock.sleep(10_000);
        return sink.send(envelopes, limits);
      },
    },
  });
  expect(reportedIn(await fn.deliver('a'))).toEqual([]);
  expect(sink.numbers).toEqual(['a']);
});
