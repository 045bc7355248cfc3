import { describe, expect, test } from '@jest/globals';
import { VirtualLambda } from '../../../test/kit/virtual-lambda.ts';
import type { Envelope } from '../../envelope/envelope.ts';
import type { SendLimits, SendResult, Sink } from '../../sinks/sink.ts';
import { startTimer } from '../time/timer.ts';
import { outboxTo } from './outbox.ts';

/** An outbox, and a sink whose calls the test answers. */
function setUp(sendBy = 10_000) {
  const lambda = new VirtualLambda();
  const calls: {
    ids: string[];
    limits: SendLimits;
    answer: (results: unknown) => void;
    refuse: (error: unknown) => void;
  }[] = [];
  const sink: Sink = {
    send: (envelopes, limits) =>
      new Promise<never>((resolve, reject) => {
        calls.push({ ids: envelopes.map(({ id }) => id), limits, answer: resolve as () => void, refuse: reject });
      }),
  };
  const timer = startTimer(lambda.ambient.clock);
  const outbox = outboxTo(sink, lambda.ambient.clock, timer, sendBy, 30_000);
  const settled: Record<string, boolean> = {};
  const times: string[] = [];
  const add = (...ids: string[]): void => {
    for (const id of ids) {
      outbox.add({ id } as Envelope, ({ accepted }) => {
        times.push(id);
        settled[id] = accepted;
      });
    }
  };
  const accept = (count: number): SendResult[] => Array<SendResult>(count).fill({ accepted: true });
  return { lambda, timer, outbox, calls, add, settled, times, accept };
}

describe('an outbox', () => {
  test('sends envelopes of one turn of the loop in one call', async () => {
    const { lambda, calls, add } = setUp();
    add('a');
    await Promise.resolve();
    add('b', 'c');
    await lambda.pass(10);
    add('d');
    await lambda.pass(10);
    expect(calls.map(({ ids }) => ids)).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('has at most 4 concurrent calls; envelopes that wait meanwhile share the next', async () => {
    const { lambda, calls, add, settled, accept } = setUp();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      add(id);
      await lambda.pass(10);
    }
    expect(calls.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['c'], ['d']]);
    calls[1]!.answer(accept(1));
    await lambda.pass(10);
    expect(calls.slice(4).map(({ ids }) => ids)).toEqual([['e', 'f']]);
    expect(settled).toEqual({ b: true });
  });

  test('returns its own result to each envelope, once', async () => {
    const { lambda, calls, add, settled, times } = setUp(1_000);
    add('a', 'b', 'c');
    await lambda.pass(10);
    calls[0]!.answer([{ accepted: true }, { accepted: false, error: new Error('no') }, { accepted: true }]);
    await lambda.pass(5_000);
    expect(settled).toEqual({ a: true, b: false, c: true });
    expect(times).toEqual(['a', 'b', 'c']);
  });

  test('bounds each call: it refuses the envelope, aborts the signal and ignores a later answer', async () => {
    const { lambda, calls, add, settled, times, accept } = setUp(1_000);
    add('a', 'b');
    await lambda.pass(500);
    expect(settled).toEqual({});
    expect(calls[0]!.limits.signal.aborted).toBe(false);
    expect(calls[0]!.limits.remainingMs()).toBe(500);
    await lambda.pass(600);
    expect(settled).toEqual({ a: false, b: false });
    expect(calls[0]!.limits.signal.aborted).toBe(true);
    expect(calls[0]!.limits.remainingMs()).toBe(0);
    calls[0]!.answer(accept(2));
    await lambda.pass(100);
    expect(settled).toEqual({ a: false, b: false });
    expect(times).toEqual(['a', 'b']);
  });

  test('soon refuses an envelope added after its time, even if the sink hangs', async () => {
    const { lambda, add, settled } = setUp(100);
    await lambda.pass(200);
    add('late');
    await lambda.pass(100);
    expect(settled).toEqual({ late: false });
  });

  test('also refuses envelopes that wait behind 4 hanging calls', async () => {
    const { lambda, add, settled } = setUp(1_000);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      add(id);
      await lambda.pass(10);
    }
    await lambda.pass(2_000);
    expect(Object.values(settled)).toEqual(Array(6).fill(false));
  });

  test('bounds one send by its maximum duration if the deadline is far', async () => {
    const { lambda, add, settled } = setUp(Infinity);
    add('a');
    await lambda.pass(60_000);
    expect(settled).toEqual({ a: false });
  });

  test('reuses the place of a refused call', async () => {
    const { lambda, calls, add, settled, accept } = setUp();
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      add(id);
      await lambda.pass(10);
    }
    calls[0]!.refuse(new Error('no'));
    await lambda.pass(10);
    calls[4]!.answer(accept(1));
    await lambda.pass(10);
    expect(settled).toEqual({ a: false, e: true });
  });

  test('leaves no timer behind once the timer is stopped', async () => {
    const { lambda, timer, add } = setUp();
    add('a');
    await lambda.pass(10);
    timer.stop();
    await lambda.pass(20_000);
    expect(lambda.timers).toBe(0);
  });

  test('abandons running and waiting sends when it is closed, and reports neither', async () => {
    const { lambda, outbox, calls, add, settled, accept } = setUp(1_000);
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      add(id);
      await lambda.pass(10);
    }
    calls[0]!.answer(accept(1));
    await lambda.pass(0);
    outbox.close();
    outbox.close();
    expect(calls.map(({ limits }) => limits.signal.aborted)).toEqual([false, true, true, true]);
    calls[1]!.answer(accept(1));
    calls[2]!.refuse(new Error('aborted'));
    await lambda.pass(5_000);
    expect(calls).toHaveLength(4);
    expect(settled).toEqual({ a: true });
  });
});
