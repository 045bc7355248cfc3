import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { GuardedFunction } from '../../../test/kit/guarded-function.ts';
import { MarkingLedger } from '../../../test/kit/marking-ledger.ts';
import { kinesisEvent } from '../../../test/kit/stream.ts';
import { reportedIn, VirtualLambda } from '../../../test/kit/virtual-lambda.ts';
import { wholeBatch } from '../../handlers/whole-batch.ts';

const suspect = { suspect: 'alone' } as const;
const verdict = { reason: 'permanent', stage: 'handler', error: { name: 'Error', message: 'no' } } as const;
const pending = { state: 'pending', verdict } as const;

/** Its sends are never acknowledged. */
function guardedByHangingSink(lambda: VirtualLambda, ledger: MarkingLedger) {
  const sink = { send: () => new Promise<never>(() => {}) };
  const timeBudget = { reserveMs: 2_000 };
  return middy({ timeoutEarlyInMillis: 0 }).use(
    lambda.middlewares.streamGuard({ quarantine: { sink }, timeBudget, ledger, observe: () => {} }),
  );
}

describe('several invocations of one process', () => {
  test('a batch handler gets a suspect alone, even if the call of another invocation begins close by', async () => {
    for (const order of [0, 1]) {
      const ledger = new MarkingLedger();
      const lambda = new VirtualLambda();
      const running = new Set<string>();
      const beside: string[][] = [];
      const chain = middy({ timeoutEarlyInMillis: 0 })
        .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
        .handler(
          wholeBatch(async ({ Records }) => {
            const numbers = Records.map(({ kinesis }) => kinesis.sequenceNumber);
            for (const number of numbers) running.add(number);
            if (running.has('b')) beside.push([...running]);
            await lambda.clock.sleep(20);
            for (const number of numbers) running.delete(number);
            return { batchItemFailures: [] };
          }) as never,
        );
      ledger.know({ b: suspect });
      const events = [kinesisEvent('x', 'y'), kinesisEvent('b')];
      if (order === 1) events.reverse();
      const endings = await Promise.all(events.map((event) => lambda.invoke(chain as never, event)));
      expect(endings.map(reportedIn)).toEqual([[], []]);
      expect(beside).toEqual([['b']]);
    }
  });

  test("an invocation that waited for another's suspect continues in its own asynchronous context, retries included", async () => {
    const ledger = new MarkingLedger();
    const current = new AsyncLocalStorage<string>();
    const seen: string[] = [];
    const fn = new GuardedFunction(
      async ({ kinesis: { sequenceNumber } }) => {
        seen.push(`${sequenceNumber} in ${current.getStore()}`);
        if (sequenceNumber === 'b') await fn.lambda.clock.sleep(20);
        if (sequenceNumber === 'y' && seen.filter((each) => each.startsWith('y')).length < 2)
          throw new Error('not yet');
      },
      { ledger, quarantine: { retry: { baseMs: 10 } } },
    );
    ledger.know({ b: suspect });
    const first = current.run('first', () => fn.lambda.invoke(fn.chain, kinesisEvent('b')));
    const second = current.run('second', () => fn.lambda.invoke(fn.chain, kinesisEvent('x', 'y')));
    expect([reportedIn(await first), reportedIn(await second)]).toEqual([[], []]);
    expect(seen).toEqual(['b in first', 'x in second', 'y in second', 'y in second']);
  });

  test.each([['eachRecord()'], ['wholeBatch()']])(
    "an invocation that waits for another's suspect under %s ends in time, even without timeBudget()",
    async (wrapper) => {
      const ledger = new MarkingLedger();
      const lambda = new VirtualLambda();
      const fn = new GuardedFunction(
        ({ kinesis }) => (kinesis.sequenceNumber === 'b' ? fn.lambda.clock.sleep(60_000) : undefined),
        { ledger, timeBudget: false },
      );
      const batches = middy({ timeoutEarlyInMillis: 0 })
        .use(lambda.middlewares.partialBatch({ ledger, observe: () => {} }))
        .handler(
          wholeBatch(async ({ Records }) => {
            if (Records[0]!.kinesis.sequenceNumber === 'b') await lambda.clock.sleep(60_000);
            return { batchItemFailures: [] };
          }) as never,
        );
      const [on, chain] = wrapper === 'eachRecord()' ? [fn.lambda, fn.chain] : [lambda, batches as never];
      ledger.know({ b: suspect });
      const long = on.invoke(chain, kinesisEvent('b'), on.context(120_000));
      expect(reportedIn(await on.invoke(chain, kinesisEvent('x', 'y'), on.context(5_000)))).toEqual(['x', 'y']);
      expect(reportedIn(await long)).toEqual([]);
      expect(on.timers).toBe(0);
    },
  );

  test('a suspect starts as soon as another invocation abandons its cut-off records, not when its sends have ended', async () => {
    const ledger = new MarkingLedger();
    const fn = new GuardedFunction(
      ({ kinesis }) => {
        if (kinesis.sequenceNumber === 'x') throw new Error('no');
        return kinesis.sequenceNumber === 'y' ? new Promise(() => {}) : undefined;
      },
      {
        ledger,
        quarantine: { attempts: 1 },
        sink: { send: () => fn.lambda.clock.sleep(60_000).then(() => []) },
        timeBudget: { reserveMs: 2_000 },
      },
    );
    ledger.know({ b: suspect });
    const { lambda, chain } = fn;
    const first = lambda.invoke(chain, kinesisEvent('x', 'y'), lambda.context(5_000));
    let startedAt = Number.NaN;
    const second = lambda.invoke(chain, kinesisEvent('b'), lambda.context(60_000)).then((ending) => {
      startedAt = lambda.clock.now();
      return ending;
    });
    expect(reportedIn(await second)).toEqual([]);
    expect(startedAt).toBeLessThan(3_500);
    expect(reportedIn(await first)).toEqual(['x', 'y']);
  });

  test('an invocation that reserves the process for a suspect holds the others only while it may call its handler, however long its sends take', async () => {
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const startedAt: Record<string, number> = {};
    const chain = guardedByHangingSink(lambda, ledger).handler(
      wholeBatch(async ({ Records }) => {
        const { sequenceNumber } = Records[0]!.kinesis;
        startedAt[sequenceNumber] = lambda.clock.now();
        if (sequenceNumber === 'x') await lambda.clock.sleep(20_000);
        return { batchItemFailures: [] };
      }) as never,
    );
    ledger.know({ a: pending, b: suspect });
    const deliver = (timeoutMs: number, ...numbers: string[]) =>
      lambda.invoke(chain as never, kinesisEvent(...numbers), lambda.context(timeoutMs));
    const long = deliver(60_000, 'x');
    const short = deliver(5_000, 'a', 'b');
    await lambda.pass(2_000);
    expect(reportedIn(await deliver(60_000, 'y'))).toEqual([]);
    expect(startedAt.y).toBeLessThan(3_500);
    expect([reportedIn(await short), reportedIn(await long)]).toEqual([['a', 'b'], []]);
    expect(Object.keys(startedAt)).toEqual(['x', 'y']);
  });

  test('a suspect starts as soon as another invocation abandons its cut-off call, not when its sends have ended', async () => {
    const ledger = new MarkingLedger();
    const lambda = new VirtualLambda();
    const chain = guardedByHangingSink(lambda, ledger).handler(
      wholeBatch(({ Records }) => {
        const isSuspect = Records[0]!.kinesis.sequenceNumber === 'b';
        return isSuspect ? { batchItemFailures: [] } : new Promise<never>(() => {});
      }) as never,
    );
    ledger.know({ a: pending, b: suspect });
    const first = lambda.invoke(chain as never, kinesisEvent('a', 'x'), lambda.context(5_000));
    await lambda.pass(1_500);
    expect(reportedIn(await lambda.invoke(chain as never, kinesisEvent('b'), lambda.context(60_000)))).toEqual([]);
    expect(lambda.clock.now()).toBeLessThan(3_500);
    expect(reportedIn(await first)).toEqual(['a', 'x']);
  });
});
