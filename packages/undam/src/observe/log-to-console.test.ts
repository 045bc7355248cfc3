import { runInThisContext } from 'node:vm';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import { type FunctionOptions, GuardedFunction, type Handle } from '../../test/kit/guarded-function.ts';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { kinesisRecord } from '../../test/kit/stream.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { PermanentError } from '../base/errors.ts';
import { streamGuard } from '../middlewares/index.ts';
import type { UndamEvent } from './events.ts';
import { logToConsole } from './log-to-console.ts';

const secret = 'card-4111';
const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
const error = jest.spyOn(console, 'error').mockImplementation(() => {});
afterAll(() => {
  warn.mockRestore();
  error.mockRestore();
});

afterEach(() => {
  delete process.env.AWS_LAMBDA_LOG_FORMAT;
});

/** What has been logged, oldest first. */
function take(): unknown[] {
  const lines = [warn, error].flatMap(({ mock }) =>
    mock.calls.map(([line], n) => ({ line, order: mock.invocationCallOrder[n]! })),
  );
  warn.mockClear();
  error.mockClear();
  return lines.sort((a, b) => a.order - b.order).map(({ line }) => line);
}

const text = () => take().join('\n');
const lines = () => take().map((line) => JSON.parse(line as string) as Record<string, unknown>);
const failures = () => lines().filter(({ undam }) => undam === 'attempt-failed');

/** The user's file: each of its functions fails in a line of its own. */
const fail = runInThisContext(
  `({
  lookUp: (order) => order.lines[0],
  reserve(order) { throw Object.assign(new RangeError(order), { code: 'OUT_OF_STOCK' }); },
})`,
  { filename: '/var/task/orders.js' },
) as Record<'lookUp' | 'reserve', (order: unknown) => unknown>;

/** A function with the default lines, whose records fail as their sequence numbers begin. */
function logged(options: FunctionOptions = {}, handle?: Handle) {
  const byName: Handle = ({ kinesis: { sequenceNumber } }) => {
    if (sequenceNumber.startsWith('type')) return fail.lookUp({});
    if (sequenceNumber.startsWith('range')) return fail.reserve(secret);
    return sequenceNumber.startsWith('hang') ? new Promise(() => {}) : undefined;
  };
  const { observe = undefined, ...rest } = options;
  return new GuardedFunction(handle ?? byName, { ...rest, observe: observe as never });
}

describe('each distinct failure of an invocation', () => {
  test('is a line at its end: name, code, place, and how many records it hit', async () => {
    const fn = logged({ order: 'none', timeBudget: { recordMs: 100 } });
    await fn.deliver('type1', 'a', 'range1', 'type2', 'hang', 'type3');
    const shown = lines();
    expect(shown.map(({ undam }) => undam)).toEqual([
      'zombies',
      'attempt-failed',
      'attempt-failed',
      'attempt-failed',
      'invocation-ended',
    ]);
    const common = { undam: 'attempt-failed', stage: 'handler' };
    expect(shown.slice(1, 4)).toEqual([
      {
        ...common,
        record: { index: 0, sequenceNumber: 'type1', shardId: 'shardId-000000000000' },
        how: 'rejected',
        errorName: 'TypeError',
        at: 'Object.lookUp (/var/task/orders.js:2:33)',
        records: 3,
      },
      {
        ...common,
        record: expect.objectContaining({ sequenceNumber: 'range1' }),
        how: 'rejected',
        errorName: 'RangeError',
        errorCode: 'OUT_OF_STOCK',
        at: 'Object.reserve (/var/task/orders.js:3:40)',
        records: 1,
      },
      {
        ...common,
        record: expect.objectContaining({ sequenceNumber: 'hang' }),
        how: 'timed-out',
        errorName: 'TimeoutError',
        records: 1,
      },
    ]);
  });

  test('counts records, not attempts, and is said once more in the next invocation', async () => {
    const fn = logged({ quarantine: { attempts: 3, retry: { baseMs: 1 } } });
    await fn.deliver('type1', 'type2');
    expect(failures()).toMatchObject([{ records: 2 }]);
    await fn.deliver('type3');
    expect(failures()).toMatchObject([{ records: 1, record: { sequenceNumber: 'type3' } }]);
  });

  test('is said of one that did better at its next attempt, too', async () => {
    let calls = 0;
    const fn = logged({ quarantine: { attempts: 3, retry: { baseMs: 1 } } }, () => calls++ === 0 && fail.lookUp({}));
    expect(reportedIn(await fn.deliver('a'))).toEqual([]);
    expect(lines()).toMatchObject([{ undam: 'attempt-failed', errorName: 'TypeError', records: 1 }]);
  });

  test('tells the decoder from the handler', async () => {
    const fn = logged({ decode: ({ kinesis }) => kinesis.sequenceNumber === 'b' && JSON.parse('{') }, () => {
      throw new SyntaxError('no');
    });
    await fn.deliver('a', 'b');
    expect(
      failures()
        .map(({ stage, errorName }) => [stage, errorName])
        .toSorted(),
    ).toEqual([
      ['decode', 'SyntaxError'],
      ['handler', 'SyntaxError'],
    ]);
  });

  test('ten of them; how many records the others hit is one more line', async () => {
    const fn = logged({ order: 'none' }, ({ kinesis: { sequenceNumber } }) => {
      throw Object.assign(new Error(secret), { code: `E${sequenceNumber}` });
    });
    await fn.deliver(...Array.from({ length: 50 }, (_, n) => `n${n}`));
    const shown = failures();
    expect(shown).toHaveLength(11);
    expect(shown.slice(0, 10).every(({ records }) => records === 1)).toBe(true);
    expect(shown[10]).toEqual({
      undam: 'attempt-failed',
      problem: 'further distinct failures',
      records: 40,
    });
  });

  test('of 200 at most the stack is looked at; the others count for the first of their name', async () => {
    let looks = 0;
    const fn = logged({ order: 'none', quarantine: { attempts: 9, retry: 'redelivery' } }, () => {
      const made = new Error('no');
      const stack = 'Error: no\n    at book (/var/task/a.js:1:1)';
      const get = () => {
        looks++;
        return stack;
      };
      throw Object.defineProperty(made, 'stack', { get });
    });
    await fn.deliver(...Array.from({ length: 1_000 }, (_, n) => `n${n}`));
    expect(failures()).toMatchObject([{ at: 'book (/var/task/a.js:1:1)', records: 1_000 }]);
    expect(looks).toBe(200);
  });

  test('of an invocation that fails as a whole is in its summary, which is an error', async () => {
    const fn = logged({}, () => {});
    await fn.deliverEvent({ Records: [{ ...kinesisRecord('a'), eventSource: secret }] });
    expect(error).toHaveBeenCalledTimes(1);
    const shown = text();
    expect(JSON.parse(shown)).toMatchObject({ undam: 'invocation-ended', responded: false, errorCode: 'bad-event' });
    expect(shown).not.toContain(secret);
  });

  test('side by side with another invocation is counted apart', async () => {
    const fn = logged({}, async ({ kinesis: { sequenceNumber } }) => {
      await Promise.resolve();
      return fail.lookUp(sequenceNumber);
    });
    await Promise.all([fn.deliver('a'), fn.deliver('b', 'c')]);
    expect(
      failures()
        .map(({ records }) => records)
        .toSorted(),
    ).toEqual([1, 2]);
  });
});

describe('where nothing fails', () => {
  test('nothing is logged, and no stack is looked at', async () => {
    const { prepareStackTrace } = Error;
    const format = jest.fn(() => 'Error');
    Error.prepareStackTrace = format;
    try {
      const fn = logged({}, ({ kinesis }) => kinesis.sequenceNumber === 'bad' && Promise.reject(new Error('no')));
      await fn.deliver('a', 'b');
      expect(take()).toEqual([]);
      expect(format).not.toHaveBeenCalled();
      await fn.deliver('bad');
      expect(format).toHaveBeenCalled();
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
    }
    expect(take()).toHaveLength(2);
  });
});

describe('what a line never shows', () => {
  test.each<readonly [string, unknown]>([
    ['an error', new Error(secret)],
    ['an error with a cause', new Error('outer', { cause: new Error(secret) })],
    ['an object', { message: 'no', body: secret }],
    ['a string', `refused: ${secret}`],
    ['a list', [secret]],
    ['an error of an unusual name', Object.assign(new Error('no'), { name: 'Refused', detail: secret })],
    ['an error whose name is a symbol', Object.assign(new Error(secret), { name: Symbol(secret) })],
    ['an error whose message is like a stack', new Error(`no\n    at ${secret} (/var/task/${secret}.js:1:1)`)],
  ])('is more than the name of what a handler, sink or ledger threw: %s', async (_what, thrown) => {
    const fn = logged(
      {
        quarantine: { attempts: 1 },
        sink: { send: () => Promise.reject(thrown) },
        ledger: { recall: () => Promise.reject(thrown), remember: () => Promise.reject(thrown) },
      },
      () => Promise.reject(thrown),
    );
    const record = kinesisRecord('a', { key: `key-${secret}`, data: secret });
    expect(reportedIn(await fn.deliverEvent({ Records: [record] }))).toEqual(['a']);
    const shown = text();
    expect(shown).toContain('attempt-failed');
    expect(shown).toContain('quarantine-refused');
    expect(shown).toContain('ledger-failed');
    expect(shown).not.toContain(secret);
    for (const line of shown.split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });
});

describe('whatever is thrown', () => {
  const cyclic = new Error('round');
  cyclic.cause = new AggregateError([cyclic], 'and round', { cause: cyclic });
  const boom = (): never => {
    throw new Error('read');
  };

  test.each<readonly [string, unknown]>([
    ['an error whose name throws', Object.defineProperty(new Error('x'), 'name', { get: boom })],
    ['an error whose stack throws', Object.defineProperty(new Error('x'), 'stack', { get: boom })],
    ['a proxy that throws', new Proxy({}, { get: boom, getPrototypeOf: boom, has: boom, ownKeys: boom })],
    ['a symbol', Symbol('x')],
    ['a bigint', 12n],
    ['nothing', undefined],
    ['a function', () => {}],
    ['an object without a prototype', Object.create(null)],
    ['an error whose causes go round', cyclic],
    ['an error of megabytes', new Error('x'.repeat(4_000_000))],
  ])('costs no line, with its text or without: %s', async (_what, thrown) => {
    for (const logErrors of [undefined, 'message', 'stack'] as const) {
      const fn = logged({ ...(logErrors && { logErrors }) }, () => Promise.reject(thrown));
      await fn.deliver('a', 'b');
      const shown = lines();
      expect(shown).toMatchObject([{ undam: 'attempt-failed', records: 2 }, { undam: 'invocation-ended' }]);
      expect('error' in shown[0]!).toBe(logErrors !== undefined);
      expect(JSON.stringify(shown).length).toBeLessThan(40_000);
      logToConsole()({ type: 'ledger-failed', operation: 'recall', error: thrown }, {} as never);
      expect(text()).toContain('ledger-failed');
    }
  });
});

describe('logErrors', () => {
  const throwing = () => {
    throw new TypeError(`no stock for ${secret}`, { cause: new Error(`inner ${secret}`) });
  };

  test('message adds the messages of an error and its causes, and of what a sink or ledger threw', async () => {
    const refuse = () => Promise.reject(Object.assign(new Error('queue is gone'), { code: 'NoQueue' }));
    const fn = logged({ logErrors: 'message', sink: { send: refuse }, quarantine: { attempts: 1 } }, throwing);
    await fn.deliver('a');
    const shown = lines();
    expect(shown).toMatchObject([
      { undam: 'quarantine-refused', error: { name: 'Error', code: 'NoQueue', message: 'queue is gone' } },
      {
        undam: 'attempt-failed',
        error: { name: 'TypeError', message: `no stock for ${secret}`, cause: { message: `inner ${secret}` } },
      },
      { undam: 'invocation-ended' },
    ]);
    expect(JSON.stringify(shown)).not.toContain('log-to-console.test');
  });

  test('stack adds the stack, of an invocation that fails as a whole, too', async () => {
    const fn = logged({ logErrors: 'stack' }, throwing);
    await fn.deliver('a');
    expect(failures()).toMatchObject([{ error: { stack: expect.stringContaining('log-to-console.test') } }]);
    await fn.deliverEvent({ Records: 'none' });
    expect(lines()).toMatchObject([
      { undam: 'invocation-ended', error: { stack: expect.stringContaining('undam: ') } },
    ]);
  });

  test('belongs to the default lines', () => {
    const quarantine = { sink: new StoringSink() };
    expect(() => streamGuard({ quarantine, logErrors: 'message', observe: () => {} })).toThrow(
      expect.objectContaining({ code: 'bad-option', message: expect.stringContaining('logToConsole({ logErrors })') }),
    );
    expect(() => streamGuard({ quarantine, logErrors: 'all' as 'stack' })).toThrow('expected "message" or "stack"');
    expect(() => logToConsole({ logErrors: true as never })).toThrow('expected "message" or "stack"');
    expect(() => streamGuard({ quarantine, observe: [() => {}, 'log' as never] })).toThrow(
      'expected a function, or an',
    );
  });
});

describe('several observers', () => {
  test('are told in turn, and none keeps an event from the next', async () => {
    const events: UndamEvent['type'][] = [];
    const boom = () => {
      throw new Error('observer');
    };
    const observe = [boom, logToConsole(), ({ type }: UndamEvent) => void events.push(type)];
    await logged({ observe }).deliver('type');
    expect(lines()).toMatchObject([{ undam: 'attempt-failed' }, { undam: 'invocation-ended' }]);
    expect(events).toEqual(['attempt-failed', 'invocation-ended']);
  });
});

describe("Lambda's log format", () => {
  test.each(['JSON', 'json'])('%s: a line is an object of plain values', async (format) => {
    process.env.AWS_LAMBDA_LOG_FORMAT = format;
    await logged({ sink: { send: () => Promise.reject(new PermanentError(secret)) } }).deliver('type', 'range');
    const shown = take();
    expect(shown).toMatchObject([
      { undam: 'attempt-failed', errorName: 'TypeError' },
      { undam: 'attempt-failed', errorName: 'RangeError' },
      { undam: 'invocation-ended' },
    ]);
    for (const line of shown) expect(JSON.parse(JSON.stringify(line))).toEqual(line);
  });

  test.each([undefined, 'Text'])('%s: it is JSON in a string', async (format) => {
    if (format !== undefined) process.env.AWS_LAMBDA_LOG_FORMAT = format;
    await logged().deliver('type');
    for (const line of take()) expect(JSON.parse(line as string)).toMatchObject({ undam: expect.any(String) });
  });
});
