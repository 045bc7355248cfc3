import { expect, test } from '@jest/globals';
import middy from '@middy/core';
import { numbersOf, report } from './batch-handlers.fixture.ts';
import type { SendResult, Sink } from './sink.ts';
import { StoringSink } from './storing-sink.fixture.ts';
import { kinesisEvent } from './stream.fixture.ts';
import { reportedIn, VirtualLambda } from './virtual-lambda.fixture.ts';
import { type BatchHandler, wholeBatch } from './whole-batch.ts';

type Handler = BatchHandler<never>;

function setUp(handler: (...parameters: Parameters<Handler>) => unknown, sink: Sink, wrap = true) {
  const lambda = new VirtualLambda();
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 1 }, observe: () => {} }))
    .handler((wrap ? wholeBatch(handler as never) : handler) as never);
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

test('a bare handler that gets to see no record at all is judged for none', async () => {
  const sink = new StoringSink((_envelope, call) => call > 1);
  const seen: string[][] = [];
  const { deliver } = setUp(
    (event) => {
      const numbers = numbersOf(event as never);
      seen.push(numbers);
      return numbers.length === 0 ? undefined : report(numbers);
    },
    sink,
    false,
  );
  expect(reportedIn(await deliver('a1'))).toEqual(['a1']);
  expect(reportedIn(await deliver('a1'))).toEqual([]);
  expect(sink.numbers).toEqual(['a1']);
  expect(seen).toEqual([['a1'], []]);
});

test('a bare handler may report what it saw, also behind a pending record of the same key', async () => {
  const sink = new StoringSink(() => false);
  const { deliver } = setUp((event) => report(numbersOf(event as never).slice(0, 1)), sink, false);
  await deliver('a1', 'a2', 'b1');
  expect(reportedIn(await deliver('a1', 'a2', 'b1'))).toEqual(['a1', 'a2', 'b1']);
  expect(sink.calls.flat().map(({ origin, attempts }) => [origin.sequenceNumber, attempts.started])).toContainEqual([
    'a2',
    1,
  ]);
});
