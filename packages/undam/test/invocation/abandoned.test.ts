import { expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { UndamEvent } from '../../src/observe/events.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { errorOf, VirtualLambda } from '../kit/virtual-lambda.ts';

/** A chain whose outer handler gives up on ours after 200 ms, as Middy's own early time-out does. */
function givenUp(inner: (lambda: VirtualLambda, signals: AbortSignal[]) => (event: never, context: never) => unknown) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const events: UndamEvent[] = [];
  const signals: AbortSignal[] = [];
  const ours = inner(lambda, signals);
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(
      lambda.middlewares.streamGuard({
        quarantine: { sink, attempts: 1 },
        observe: (event) => void events.push(event),
      }),
    )
    .handler(async (event, context) => {
      void ours(event as never, context as never);
      await lambda.clock.sleep(200);
      throw new Error('given up');
    });
  return {
    lambda,
    sink,
    events,
    signals,
    deliver: () => lambda.invoke(chain, kinesisEvent('a', 'b'), lambda.context(5_000)),
  };
}

const kinds = {
  'eachRecord()': (lambda: VirtualLambda, signals: AbortSignal[]) =>
    eachRecord(async (_record, { signal }) => {
      signals.push(signal);
      await lambda.clock.sleep(400);
      throw new Error('late');
    }),
  'wholeBatch()': (lambda: VirtualLambda, signals: AbortSignal[]) =>
    wholeBatch(async ({ Records }, _context, { signal }) => {
      signals.push(signal);
      await lambda.clock.sleep(400);
      return { batchItemFailures: Records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
    }),
};

test.each(Object.entries(kinds))(
  '%s that is given up has its signals aborted, and nothing happens afterwards',
  async (_kind, kind) => {
    const { lambda, sink, events, signals, deliver } = givenUp(kind as Parameters<typeof givenUp>[0]);
    expect(errorOf(await deliver())).toMatchObject({ message: 'given up' });
    expect(signals.map(({ aborted }) => aborted)).toEqual(signals.map(() => true));
    const seen = events.length;
    await lambda.pass(1_000);
    expect(events.length).toBe(seen);
    expect(sink.calls).toEqual([]);
    expect(lambda.timers).toBe(0);
  },
);
