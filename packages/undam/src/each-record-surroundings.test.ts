import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord } from './each-record.ts';
import { GuardedFunction } from './guarded-function.fixture.ts';
import { logToConsole } from './log-to-console.ts';
import { streamGuard } from './middlewares.ts';
import { StoringSink } from './storing-sink.fixture.ts';
import { kinesisEvent, kinesisRecord } from './stream.fixture.ts';
import { failingThenable } from './thenable.fixture.ts';
import { reportedIn } from './virtual-lambda.fixture.ts';

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
  afterEach(() => {
    Date.now = originals.now;
    Math.random = originals.random;
    performance.now = performanceNow;
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

describe('what is logged by default', () => {
  const secret = 'card-4111';
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  afterAll(() => warn.mockRestore());
  const lines = (): string => {
    const text = warn.mock.calls.flat().join('\n');
    warn.mockClear();
    return text;
  };

  test.each<readonly [string, unknown]>([
    ['an error', new Error(secret)],
    ['an error with a cause', new Error('outer', { cause: new Error(secret) })],
    ['an object', { message: 'no', body: secret }],
    ['a string', `refused: ${secret}`],
    ['a list', [secret]],
    ['an error of an unusual name', Object.assign(new Error('no'), { name: 'Refused', detail: secret })],
  ])('never shows what a sink or ledger threw beyond its name: %s', async (_what, thrown) => {
    const fn = new GuardedFunction(() => Promise.reject(new Error(secret)), {
      observe: logToConsole(),
      quarantine: { attempts: 1 },
      sink: { send: () => Promise.reject(thrown) },
      ledger: {
        recall: () => Promise.reject(thrown),
        remember: () => Promise.reject(thrown),
      },
    });
    const record = kinesisRecord('a', { key: `key-${secret}`, data: secret });
    expect(reportedIn(await fn.deliverEvent({ Records: [record] }))).toEqual(['a']);
    const shown = lines();
    expect(shown).toContain('quarantine-refused');
    expect(shown).toContain('ledger-failed');
    expect(shown).not.toContain(secret);
    for (const line of shown.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  test('an error that cannot be looked at costs no line', () => {
    const error = Object.defineProperty(new Error('x'), 'name', {
      get: () => {
        throw new Error('name');
      },
    });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    for (const thrown of [error, cyclic, 12n]) {
      try {
        logToConsole()({ type: 'ledger-failed', operation: 'recall', error: thrown }, {} as never);
      } catch {
        // Judged by the line.
      }
      expect(lines()).toContain('ledger-failed');
    }
  });

  test('an invocation that fails as a whole is a line, without the words of its error', async () => {
    const fn = new GuardedFunction(() => {}, { observe: logToConsole() });
    await fn.deliverEvent({ Records: [{ ...kinesisRecord('a'), eventSource: secret }] });
    const shown = lines();
    expect(JSON.parse(shown)).toMatchObject({ undam: 'invocation-ended', responded: false, records: 0 });
    expect(shown).toContain('bad-event');
    expect(shown).not.toContain(secret);
  });

  test('a batch without trouble is silent', async () => {
    const fn = new GuardedFunction(() => {}, { observe: logToConsole() });
    await fn.deliver('a', 'b');
    expect(lines()).toBe('');
  });
});
