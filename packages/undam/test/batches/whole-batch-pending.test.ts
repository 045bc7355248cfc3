import { expect, test } from '@jest/globals';
import middy from '@middy/core';
import { type BatchHandler, wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { SendResult, Sink } from '../../src/sinks/sink.ts';
import { numbersOf, report } from '../kit/batch-handlers.ts';
import { MarkingLedger } from '../kit/marking-ledger.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

type Handler = BatchHandler<never>;

function setUp(handler: (...parameters: Parameters<Handler>) => unknown, sink: Sink) {
  const lambda = new VirtualLambda();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe: () => {} }))
    .handler(wholeBatch(handler as never));
  const deliver = (...numbers: string[]) => lambda.invoke(chain, kinesisEvent(...numbers), lambda.context(5_000));
  return { lambda, deliver };
}

test('a sink that hangs on a pending record keeps a batch handler from the others for a part of the budget only', async () => {
  const calls: string[][] = [];
  const sink: Sink = { send: () => new Promise<SendResult[]>(() => {}) };
  const { deliver } = setUp((event) => {
    calls.push(numbersOf(event as never));
    return report(numbersOf(event as never).filter((number) => number === 'a1'));
  }, sink);
  expect(reportedIn(await deliver('a1', 'b1', 'a2'))).toEqual(['a1', 'b1', 'a2']);
  expect(reportedIn(await deliver('a1', 'b1', 'a2'))).toEqual(['a1', 'a2']);
  expect(calls.at(-1)).toEqual(['b1']);
});

test('a handler for which no record is left is not called', async () => {
  const sink = new StoringSink((_envelope, call) => call > 1);
  const seen: string[][] = [];
  const { deliver } = setUp((event) => {
    seen.push(numbersOf(event as never));
    return report(numbersOf(event as never));
  }, sink);
  expect(reportedIn(await deliver('a1'))).toEqual(['a1']);
  expect(reportedIn(await deliver('a1'))).toEqual([]);
  expect(sink.numbers).toEqual(['a1']);
  expect(seen).toEqual([['a1']]);
});

test('a send that is under way when a handler throws is awaited, within the budget', async () => {
  const sink = new StoringSink((_envelope, call) => call > 1);
  let slowMs = 0;
  const slow: Sink = {
    send: (envelopes, limits) => lambda.clock.sleep(slowMs).then(() => sink.send(envelopes, limits)),
  };
  const { lambda, deliver } = setUp((event) => {
    const numbers = numbersOf(event as never);
    if (numbers.length > 1) throw new Error('more than one');
    return report(numbers);
  }, slow);
  expect(reportedIn(await deliver('a1'))).toEqual(['a1']);
  slowMs = 2_000;
  const ending = await deliver('a1', 'b1', 'c1');
  expect(ending).toMatchObject({ error: { message: 'more than one' } });
  expect(sink.numbers).toEqual(['a1']);
  expect(lambda.timers).toBe(0);
  await lambda.pass(10_000);
  await deliver('a1');
  expect(sink.calls).toHaveLength(2);
});

test('a send that outlives its invocation is given up: another middleware has failed it', async () => {
  const signals: AbortSignal[] = [];
  const sink: Sink = {
    send: (_envelopes, { signal }) => {
      signals.push(signal);
      return new Promise<SendResult[]>(() => {});
    },
  };
  const lambda = new VirtualLambda();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe: () => {} }))
    .handler((async (event: never, context: never) => {
      const answer = wholeBatch(async () => report(['a1']))(event, context);
      await Promise.race([answer, lambda.clock.sleep(500)]);
      throw new Error('no patience');
    }) as never);
  await lambda.invoke(chain, kinesisEvent('a1'), lambda.context(5_000));
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  expect(lambda.timers).toBe(0);
});

test.each([['throws'], ['reports the first of them']])(
  'a death while a send is awaited makes no suspect of the records in a call that %s',
  async (how) => {
    const lambda = new VirtualLambda();
    const ledger = new MarkingLedger();
    const verdict = { reason: 'permanent', stage: 'handler', error: { name: 'Error', message: 'no' } } as const;
    ledger.know({ a1: { state: 'pending', verdict } });
    const sink: Sink = {
      send: (envelopes) => lambda.clock.sleep(2_000).then(() => envelopes.map(() => ({ accepted: true }))),
    };
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.streamGuard({ quarantine: { sink }, ledger, observe: () => {} }))
      .handler(
        wholeBatch(async () => {
          if (how === 'throws') throw new Error('one of them');
          return report(['b1']);
        }) as never,
      );
    const ending = lambda.invoke(chain as never, kinesisEvent('a1', 'b1', 'c1'), lambda.context(5_000));
    await lambda.pass(1_500);
    expect(ledger.marks).toEqual(['started b1', 'started c1', 'open b1', 'open c1']);
    await ending;
    const answered = how === 'throws' ? [] : ['answered behind b1 c1'];
    expect(ledger.marks.slice(4)).toEqual(['quarantined a1', ...answered, 'closed']);
  },
);

test.each([
  [['a1', 'b1'], []],
  [['a1'], ['open a1 (running)']],
])(
  'a death behind a call that was cut off, and may still run, makes suspects of its records: %j',
  async (numbers, learned) => {
    const lambda = new VirtualLambda();
    const ledger = new MarkingLedger();
    const sink = new StoringSink();
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(lambda.middlewares.streamGuard({ quarantine: { sink }, ledger, observe: () => {} }))
      .handler(wholeBatch(() => new Promise(() => {})) as never);
    await lambda.invoke(chain as never, kinesisEvent(...numbers), lambda.context(5_000));
    expect(ledger.marks).toEqual([...numbers.map((number) => `started ${number}`), ...learned, 'closed']);
  },
);
