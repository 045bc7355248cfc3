import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { streamGuard } from '../../src/middlewares/index.ts';
import { GuardedFunction } from '../kit/guarded-function.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { failingThenable } from '../kit/thenable.ts';
import { reportedIn } from '../kit/virtual-lambda.ts';

describe.each<readonly [string, () => unknown]>([
  [
    'throws',
    () => {
      throw new Error('observer');
    },
  ],
  ['rejects', () => Promise.reject(new Error('observer'))],
  ['answers with a `then` that cannot be read', () => failingThenable('read')],
  ['rejects with a promise of another realm', () => runInNewContext('Promise.reject(new Error("elsewhere"))')],
  ['never answers', () => new Promise(() => {})],
])('an observer that %s', (_does, observe) => {
  test('changes nothing', async () => {
    const fn = new GuardedFunction(
      ({ kinesis }) => (kinesis.sequenceNumber === 'b' ? Promise.reject(new Error('poison')) : undefined),
      { observe: observe as () => void },
    );
    expect(reportedIn(await fn.deliver('a', 'b', 'c'))).toEqual(['b']);
    expect(reportedIn(await fn.deliver('b', 'c'))).toEqual([]);
    expect(fn.sink.numbers).toEqual(['b']);
  });
});

describe('a handler that patches', () => {
  const originals = {
    now: Date.now,
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    random: Math.random,
  };
  const performanceNow = performance.now;
  const { hrtime } = process;
  afterEach(() => {
    Date.now = originals.now;
    Math.random = originals.random;
    performance.now = performanceNow;
    process.hrtime = hrtime;
    Object.assign(globalThis, { setTimeout: originals.setTimeout, clearTimeout: originals.clearTimeout });
  });

  test('clock, timers and randomness does not reach the engine', async () => {
    const sink = new StoringSink();
    const broken = (): never => {
      throw new Error('patched');
    };
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(
        streamGuard({
          quarantine: { sink, attempts: 2, retry: { baseMs: 20 } },
          timeBudget: { recordMs: 200 },
          observe: () => {},
        }),
      )
      .handler(
        eachRecord(({ kinesis }) => {
          Date.now = () => 0;
          Math.random = broken;
          performance.now = () => 0;
          Object.assign(process, { hrtime: broken });
          Object.assign(globalThis, { setTimeout: broken, clearTimeout: broken });
          if (kinesis.sequenceNumber === 'a') throw new Error('poison');
          return kinesis.sequenceNumber === 'b' ? new Promise(() => {}) : undefined;
        }),
      );
    const answer = await chain(kinesisEvent('a', 'b', 'c'), { getRemainingTimeInMillis: () => 60_000 } as never);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'b' }] });
    expect(sink.numbers).toEqual(['a']);
    expect(sink.stored[0]!.quarantinedAt).toBeGreaterThan(1_700_000_000_000);
  });
});
