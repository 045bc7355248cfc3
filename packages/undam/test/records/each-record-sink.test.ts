import { describe, expect, jest, test } from '@jest/globals';
import type { SendResult, Sink } from '../../src/sinks/sink.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

const poison = (): never => {
  throw new Error('poison');
};
const accepted: SendResult = { accepted: true };

describe.each<readonly [string, () => unknown]>([
  ['refuses', () => Promise.resolve([{ accepted: false, error: new Error('no') }])],
  ['rejects', () => Promise.reject(new Error('no'))],
  ['throws at once', poison],
  ['answers undefined', () => Promise.resolve(undefined)],
  ['answers null', () => Promise.resolve(null)],
  ['answers too few', () => Promise.resolve([])],
  ['answers too many', () => Promise.resolve([accepted, accepted])],
  ['answers no array', () => Promise.resolve({ 0: accepted, length: 1 })],
  ['answers true for each', () => Promise.resolve([true])],
  ['answers a truthy accepted', () => Promise.resolve([{ accepted: 'yes' }])],
  ['answers with a hole', () => Promise.resolve(new Array(1))],
  [
    'answers with a getter that throws',
    () => Promise.resolve([Object.defineProperty({}, 'accepted', { get: poison })]),
  ],
  ['never answers', () => new Promise(() => {})],
])('a sink that %s', (_does, send) => {
  test('has its record reported, and it is sent again at the next delivery under the same id, never started', async () => {
    const stored = new StoringSink();
    const calls: string[] = [];
    let broken = true;
    const sink = {
      send(...[envelopes, limits]: Parameters<Sink['send']>) {
        calls.push(envelopes[0]!.id);
        return broken ? send() : stored.send(envelopes, limits);
      },
    } as Sink;
    const fn = new GuardedFunction(({ kinesis }) => (kinesis.sequenceNumber === 'a1' ? poison() : undefined), {
      sink,
      quarantine: { attempts: 1 },
    });
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1'))).toEqual(['a1', 'a2']);
    expect(fn.events).toContainEqual(expect.objectContaining({ type: 'quarantine-refused' }));
    expect(fn.takeStarts()).toEqual(['a1', 'b1']);
    broken = false;
    expect(reportedIn(await fn.deliver('a1', 'a2', 'b1'))).toEqual([]);
    expect(fn.takeStarts()).toEqual(['a2']);
    expect(new Set(calls).size).toBe(1);
    expect(stored.numbers).toEqual(['a1']);
    expect(fn.lambda.timers).toBe(0);
  });
});

test('an answer after the sink’s time is not taken', async () => {
  const fn: GuardedFunction = new GuardedFunction(poison, {
    quarantine: { attempts: 1 },
    sink: {
      async send(envelopes) {
        await fn.lambda.clock.sleep(4_950);
        return envelopes.map(() => accepted);
      },
    },
  });
  expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
});

test('a sink is told when its time is over, and how much is left', async () => {
  const seen: unknown[] = [];
  const fn = new GuardedFunction(poison, {
    quarantine: { attempts: 1 },
    sink: {
      send(_envelopes, { signal, remainingMs }) {
        seen.push(remainingMs() > 0 && remainingMs() < 5_000, signal.aborted);
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            seen.push(remainingMs());
            reject(signal.reason);
          }),
        );
      },
    },
  });
  expect(reportedIn(await fn.deliver('a'))).toEqual(['a']);
  expect(seen).toEqual([true, false, 0]);
});

test('a client may load from the first failed attempt on, long before it is needed', async () => {
  const prepare = jest.fn();
  const sink = Object.assign(new StoringSink(), { prepare });
  const fn = new GuardedFunction(({ kinesis }) => (kinesis.sequenceNumber === 'b' ? poison() : undefined), {
    sink,
    quarantine: { attempts: 3 },
  });
  await fn.deliver('a');
  expect(prepare).not.toHaveBeenCalled();
  await fn.deliver('a', 'b');
  expect(prepare).toHaveBeenCalled();
  expect(sink.calls).toEqual([]);
});

test('a change of the record by its handler does not reach the envelope', async () => {
  const fn = new GuardedFunction(
    (record) => {
      record.kinesis.data = 'changed';
      record.kinesis.sequenceNumber = 'changed';
      record.kinesis.partitionKey = 'changed';
      poison();
    },
    { quarantine: { attempts: 1 } },
  );
  expect(reportedIn(await fn.deliver('a1'))).toEqual([]);
  const [envelope] = fn.sink.stored;
  expect(Buffer.from(envelope!.data, 'base64').toString()).toBe('payload a1');
  expect(envelope!.origin).toMatchObject({ sequenceNumber: 'a1', partitionKey: 'a' });
});

test('a handler that takes its record apart is still only one failed record', async () => {
  const fn = new GuardedFunction(
    (record) => {
      if (record.kinesis.sequenceNumber === 'b') {
        (record as Partial<typeof record>).kinesis = undefined as never;
        poison();
      }
    },
    { quarantine: { attempts: 1 } },
  );
  expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual([]);
  expect(fn.sink.numbers).toEqual(['b']);
});
