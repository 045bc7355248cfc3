import { runInThisContext } from 'node:vm';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, test } from '@jest/globals';
import { type FunctionOptions, GuardedFunction, type Handle } from '../../test/kit/guarded-function.ts';
import { faultsOfMetrics, type LogLine, type Output, outputOf, unlistedIn, valuesIn } from '../../test/kit/output.ts';
import { kinesisEvent, kinesisRecord } from '../../test/kit/stream.ts';
import { reportedIn } from '../../test/kit/virtual-lambda.ts';
import { OutageError, PermanentError } from '../base/errors.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import { observeWith, observing } from './observe-with.ts';
import { streamName } from './stream-name.ts';

const newLogger = (logLevel: 'DEBUG' | 'INFO' = 'INFO') => new Logger({ serviceName: 'orders', logLevel });
const newMetrics = () => new Metrics({ namespace: 'shop', serviceName: 'orders' });

/** Fails the records whose sequence numbers begin so. */
const byName: Handle = ({ kinesis: { sequenceNumber } }) => {
  if (sequenceNumber.startsWith('permanent')) throw new PermanentError('never');
  if (sequenceNumber.startsWith('outage')) throw new OutageError('down');
  if (sequenceNumber.startsWith('poison')) throw new RangeError('poison');
};

interface Setting extends Omit<FunctionOptions, 'observe'> {
  readonly handle?: Handle;
}

function observed(observe: ReturnType<typeof observeWith>, { handle = byName, ...options }: Setting = {}) {
  const fn = new GuardedFunction(handle, { observe, ...options });
  const invoke = (awsRequestId: string, ...numbers: readonly string[]) =>
    fn.lambda.invoke(fn.chain, kinesisEvent(...numbers), { ...fn.lambda.context(5_000), awsRequestId });
  return { fn, invoke };
}

async function linesOf(
  setting: Parameters<typeof observeWith>[0],
  deliveries: readonly (readonly string[])[],
  options: Setting = {},
): Promise<Output> {
  const { invoke } = observed(observeWith(setting), options);
  const output = await outputOf(async () => {
    for (const [n, numbers] of deliveries.entries()) await invoke(`request-${n + 1}`, ...numbers);
  });
  expect(unlistedIn(output)).toEqual([]);
  expect(output.warnings).toEqual([]);
  return output;
}

const ours = ({ logs }: Output, event: string): LogLine[] => logs.filter(({ undam }) => undam?.event === event);

describe('metrics', () => {
  test('are one valid EMF line for each invocation: namespace, dimensions, units and values', async () => {
    const { metrics, text } = await linesOf({ metrics: newMetrics() }, [
      ['a', 'b', 'poison', 'permanent', 'outage'],
      ['poison', 'permanent', 'outage'],
    ]);
    expect(text.trim().split('\n')).toHaveLength(2);
    expect(metrics.flatMap(faultsOfMetrics)).toEqual([]);
    const [first, second] = metrics;
    expect(first).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: 'shop', Dimensions: [['service', 'stream']] }] },
      service: 'orders',
      stream: 's',
      requestId: 'request-1',
      shardId: 'shardId-000000000000',
    });
    expect(first!._aws.CloudWatchMetrics[0]!.Metrics).toEqual(
      expect.arrayContaining([
        { Name: 'Records', Unit: 'Count' },
        { Name: 'BudgetUsed', Unit: 'Milliseconds' },
        { Name: 'BudgetUsedShare', Unit: 'Percent' },
        { Name: 'OldestRecordAge', Unit: 'Milliseconds' },
      ]),
    );
    expect(valuesIn(first!)).toEqual({
      Records: 5,
      RecordsDone: 2,
      RecordsQuarantined: 1,
      RecordsFailed: 1,
      RecordsDeferred: 0,
      RecordsHeld: 1,
      AttemptsStarted: 5,
      AttemptsFailed: 3,
      DecodeFailures: 0,
      SinkFailures: 0,
      LedgerFailures: 0,
      Suspects: 0,
      Zombies: 0,
      InvocationsFailed: 0,
      BudgetUsed: expect.any(Number),
      BudgetUsedShare: expect.any(Number),
      OldestRecordAge: expect.any(Number),
      QuarantinedPermanent: 1,
    });
    expect(valuesIn(second!)).toMatchObject({
      RecordsQuarantined: 2,
      QuarantinedAttemptsExhausted: 1,
      AttemptsStarted: 2,
    });
    expect(valuesIn(second!)).not.toHaveProperty('QuarantinedPermanent');
  });

  test('of an invocation that fails as a whole are published, too', async () => {
    const { fn } = observed(observeWith({ metrics: newMetrics() }));
    const { metrics } = await outputOf(() => fn.deliverEvent({ Records: [{ eventSource: 'aws:sqs' }] }));
    expect(metrics.map(valuesIn)).toMatchObject([{ InvocationsFailed: 1, Records: 0 }]);
    expect(metrics).toMatchObject([{ stream: 'unknown' }]);
    expect(metrics.flatMap(faultsOfMetrics)).toEqual([]);
  });

  test('say the same, a line each, where the instance publishes each one at once', async () => {
    const metrics = newMetrics();
    const eager = () => {
      const single = metrics.singleMetric();
      return Object.defineProperty(single, 'isSingleMetric', { get: () => true, set: () => {} });
    };
    const together = await linesOf({ metrics }, [['a', 'permanent']]);
    const apart = await linesOf({ metrics: { singleMetric: eager } }, [['a', 'permanent']]);
    expect(apart.metrics.flatMap(faultsOfMetrics)).toEqual([]);
    expect(new Set(apart.metrics.map(({ stream }) => stream))).toEqual(new Set(['s']));
    expect(apart.metrics.length).toBe(Object.keys(valuesIn(together.metrics[0]!)).length);
    const names = apart.metrics.flatMap((line) => Object.keys(valuesIn(line)));
    expect(names).toEqual(Object.keys(valuesIn(together.metrics[0]!)));
    expect(Object.assign({}, ...apart.metrics.map(valuesIn))).toMatchObject({ Records: 2, QuarantinedPermanent: 1 });
  });

  test.each([
    ['arn:aws:kinesis:eu-west-1:123456789012:stream/orders', 'orders'],
    ['arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/booking:1700000000', 'orders'],
    ['arn:aws-cn:dynamodb:cn-north-1:123456789012:table/carts/stream/2026-01-01T00:00:00.000', 'carts'],
    ['orders', 'unknown'],
    [undefined, 'unknown'],
  ])('name the stream of %s', (arn, name) => {
    expect(streamName(arn)).toBe(name);
  });
});

describe('log lines', () => {
  test('one summary for each invocation, as loud as what happened', async () => {
    const failing = { recall: () => Promise.reject(new Error('gone')), remember: () => {} };
    const calm = await linesOf({ logger: newLogger() }, [['a', 'b']]);
    expect(calm.logs).toMatchObject([
      {
        level: 'INFO',
        message: 'undam: invocation-ended',
        service: 'orders',
        undam: {
          event: 'invocation-ended',
          requestId: 'request-1',
          stream: 's',
          shardId: 'shardId-000000000000',
          records: 2,
          responded: true,
          outcomes: { done: 2, quarantined: 0, failed: 0, deferred: 0, held: 0 },
          attemptsStarted: 2,
          quarantined: {},
          sinkFailures: 0,
          ledgerFailures: 0,
          budgetUsedMs: expect.any(Number),
          budgetUsedShare: expect.any(Number),
          oldestRecordAgeMs: expect.any(Number),
        },
      },
    ]);
    const levels = async (numbers: readonly string[], options?: Setting) =>
      ours(await linesOf({ logger: newLogger() }, [numbers], options), 'invocation-ended').map(({ level }) => level);
    for (const name of ['poison', 'permanent', 'outage']) expect(await levels(['a', name])).toEqual(['WARN']);
    expect(await levels(['a'], { ledger: failing })).toEqual(['WARN']);
    const { fn } = observed(observeWith({ logger: newLogger() }));
    const { logs } = await outputOf(() => fn.deliverEvent({ Records: [{ eventSource: 'aws:sqs' }] }));
    expect(logs).toMatchObject([
      { level: 'ERROR', undam: { responded: false, errorName: 'UndamError', errorCode: 'bad-event' } },
    ]);
  });

  test('one for each quarantine', async () => {
    const output = await linesOf({ logger: newLogger() }, [['poison', 'permanent'], ['poison']]);
    expect(ours(output, 'quarantined')).toMatchObject([
      {
        level: 'WARN',
        message: 'undam: quarantined',
        undam: {
          requestId: 'request-1',
          stream: 's',
          shardId: 'shardId-000000000000',
          sequenceNumber: 'permanent',
          id: expect.stringMatching(/^[\w-]{43}$/),
          reason: 'permanent',
          attempts: { started: 1, failed: 1, timedOut: 0, crashed: 0 },
          errorName: 'PermanentError',
        },
      },
      {
        undam: {
          requestId: 'request-2',
          sequenceNumber: 'poison',
          reason: 'attempts-exhausted',
          attempts: { started: 2, failed: 2 },
          errorName: 'RangeError',
        },
      },
    ]);
  });

  test('a sink that is down says why once, and the summary how often', async () => {
    const error = Object.assign(new Error('could not reach 10.0.0.1'), {
      name: 'NetworkingError',
      code: 'ECONNREFUSED',
    });
    const output = await linesOf({ logger: newLogger() }, [['permanent1', 'permanent2', 'permanent3']], {
      sink: { send: () => Promise.reject(error) },
      order: 'none',
    });
    expect(ours(output, 'quarantine-refused')).toMatchObject([
      {
        level: 'WARN',
        undam: { reason: 'permanent', error: { name: 'NetworkingError', code: 'ECONNREFUSED' } },
      },
    ]);
    expect(ours(output, 'invocation-ended')).toMatchObject([{ undam: { sinkFailures: 3 } }]);
    expect(output.text).not.toContain('10.0.0.1');
  });

  test('a ledger in trouble says at what', async () => {
    const reject = () => Promise.reject(new TypeError('fetch failed'));
    const output = await linesOf({ logger: newLogger() }, [['poison']], {
      ledger: { recall: reject, remember: reject },
    });
    expect(ours(output, 'ledger-failed').map(({ level, undam }) => [level, undam!.operation, undam!.error])).toEqual([
      ['WARN', 'recall', { name: 'TypeError' }],
      ['WARN', 'remember', { name: 'TypeError' }],
    ]);
  });

  const lookUp = runInThisContext('(function lookUp(order) { return order.lines[0] })', { filename: '/var/task/a.js' });
  const at = 'lookUp (/var/task/a.js:1:45)';
  const failing: Handle = ({ kinesis: { sequenceNumber } }) => {
    if (sequenceNumber.startsWith('type')) lookUp({});
    throw new RangeError(sequenceNumber);
  };

  test('the first of each distinct failure of an invocation is a warning with its place, the others only where the level is DEBUG', async () => {
    const batch = ['type1', 'range1', 'type2', 'range2', 'type3'];
    const setting: Setting = { handle: failing, order: 'none' };
    const calm = await linesOf({ logger: newLogger() }, [batch, ['type4']], setting);
    expect(ours(calm, 'attempt-failed').map(({ level, undam }) => [level, undam?.requestId])).toEqual([
      ['WARN', 'request-1'],
      ['WARN', 'request-1'],
      ['WARN', 'request-2'],
    ]);
    expect(ours(calm, 'attempt-failed')[0]?.undam).toMatchObject({
      sequenceNumber: 'type1',
      attempt: 1,
      how: 'rejected',
      next: 'redelivery',
      errorName: 'TypeError',
      at,
    });
    const all = ours(await linesOf({ logger: newLogger('DEBUG') }, [batch], setting), 'attempt-failed');
    // This file is where the package is, and passed over.
    const caller = expect.stringMatching(/^started \(.*guarded-function\.ts:/);
    expect(all.map(({ level, undam }) => [level, undam?.sequenceNumber, undam?.at])).toEqual([
      ['WARN', 'type1', at],
      ['WARN', 'range1', caller],
      ['DEBUG', 'type2', at],
      ['DEBUG', 'range2', caller],
      ['DEBUG', 'type3', at],
    ]);
    expect(calm.text + JSON.stringify(all)).not.toMatch(/Cannot read|RangeError: range/);
  });

  test('the text of an error on request: of the warnings, the summary, and what sink and ledger threw', async () => {
    const reject = () => Promise.reject(new Error('no table'));
    const setting: Setting = {
      handle: failing,
      order: 'none',
      quarantine: { attempts: 1 },
      sink: { send: () => Promise.reject(new Error('no queue')) },
      ledger: { recall: reject, remember: reject },
    };
    const output = await linesOf({ logger: newLogger('DEBUG'), logErrors: 'message' }, [['type1', 'type2']], setting);
    const texts = (event: string) => ours(output, event).map(({ undam }) => undam!.error);
    const message = "Cannot read properties of undefined (reading '0')";
    expect(texts('attempt-failed')).toEqual([{ name: 'TypeError', message }, undefined]);
    expect(texts('quarantine-refused')).toEqual([{ name: 'Error', message: 'no queue' }]);
    expect(texts('ledger-failed')[0]).toEqual({ name: 'Error', message: 'no table' });
    const { fn } = observed(observeWith({ logger: newLogger(), logErrors: 'stack' }));
    const { logs } = await outputOf(() => fn.deliverEvent({ Records: 'none' }));
    expect(logs[0]?.undam?.error).toMatchObject({ stack: expect.stringContaining('UndamError: undam: ') });
  });

  test('what is ours is under one key, so that keys of the user stay as they are', async () => {
    const logger = newLogger();
    logger.appendKeys({ reason: 'mine', id: 7, shardId: 'mine' });
    const output = await linesOf({ logger }, [['permanent']]);
    for (const line of output.logs) expect(line).toMatchObject({ reason: 'mine', id: 7, shardId: 'mine' });
    expect(ours(output, 'quarantined')).toHaveLength(1);
    expect(output.text).not.toContain('reserved key');
  });
});

describe('sampleRate', () => {
  const run = async (sampleRate: number, drawn: number, numbers: readonly string[]) => {
    const { invoke } = observed(observing({ logger: newLogger(), metrics: newMetrics(), sampleRate }, () => drawn));
    return outputOf(() => invoke('r', ...numbers));
  };

  test.each([
    [1, 0.999, 1],
    [0.25, 0.249, 1],
    [0.25, 0.25, 0],
    [0, 0, 0],
  ])('%d and %d drawn: %d summaries of an invocation in which all goes well', async (sampleRate, drawn, lines) => {
    const output = await run(sampleRate, drawn, ['a', 'b']);
    expect(ours(output, 'invocation-ended')).toHaveLength(lines);
    expect(output.metrics).toHaveLength(1);
  });

  test.each(['poison', 'permanent', 'outage'])('0 leaves out nothing of a record that fails: %s', async (name) => {
    const output = await run(0, 0.5, ['a', name]);
    expect(ours(output, 'invocation-ended')).toHaveLength(1);
    expect(ours(output, 'quarantined')).toHaveLength(name === 'permanent' ? 1 : 0);
  });
});

describe('correlationId', () => {
  test('is taken from the record, for lines about it only', async () => {
    const correlationId = ({ kinesis }: KinesisStreamRecord) =>
      (JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as { trace: string }).trace;
    const one = kinesisRecord('permanent', { data: '{"trace":"t-1","card":"4111"}' });
    const { fn } = observed(observeWith({ logger: newLogger(), correlationId }));
    const output = await outputOf(() => fn.deliverEvent({ Records: [one, kinesisRecord('a', { data: '{}' })] }));
    expect(ours(output, 'quarantined')).toMatchObject([{ correlation_id: 't-1' }]);
    expect(ours(output, 'invocation-ended')[0]).not.toHaveProperty('correlation_id');
    expect(output.text).not.toContain('4111');
  });

  test.each<readonly [string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no id');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers an object', () => ({ id: 1 })],
    ['answers a promise', () => Promise.reject(new Error('later'))],
  ])('one that %s costs no line', async (_does, correlationId) => {
    const output = await linesOf({ logger: newLogger(), correlationId: correlationId as never }, [['permanent']]);
    expect(ours(output, 'quarantined')).toHaveLength(1);
    expect(ours(output, 'quarantined')[0]).not.toHaveProperty('correlation_id');
  });

  test('is cut at 128 characters', async () => {
    const output = await linesOf({ logger: newLogger(), correlationId: () => 'x'.repeat(500) }, [['permanent']]);
    expect(ours(output, 'quarantined')[0]!.correlation_id).toHaveLength(128);
  });
});

describe('the warning that most of an invocation failed for good', () => {
  const numbers = (permanent: number, done: number) => [
    ...Array.from({ length: permanent }, (_, n) => `permanent${n}`),
    ...Array.from({ length: done }, (_, n) => `a${n}`),
  ];
  const warned = async (batch: readonly string[], options: { majorityFrom?: number } = {}, setting?: Setting) =>
    ours(
      await linesOf({ logger: newLogger(), ...options }, [batch], { order: 'none', ...setting }),
      'mostly-quarantined',
    );

  test('more than half, and the floor or more', async () => {
    expect(await warned(numbers(6, 5))).toMatchObject([
      { level: 'WARN', undam: { requestId: 'request-1', stream: 's', failedForGood: 6, settled: 11 } },
    ]);
    expect(await warned(numbers(5, 0))).toHaveLength(1);
    expect(await warned(numbers(4, 0))).toEqual([]);
    expect(await warned(numbers(1, 0))).toEqual([]);
    expect(await warned(numbers(6, 6))).toEqual([]);
    expect(await warned(numbers(1, 0), { majorityFrom: 1 })).toHaveLength(1);
  });

  test('whatever they failed of: a bad deploy may throw anything', async () => {
    const handle = () => {
      throw new TypeError("cannot read properties of undefined (reading 'id')");
    };
    expect(await warned(numbers(0, 8), {}, { handle, quarantine: { attempts: 1 } })).toHaveLength(1);
    expect(await warned(numbers(0, 8), {}, { handle, quarantine: { attempts: 2 } })).toEqual([]);
  });

  test('with a sink that is down, too, and once more for those that are sent again', async () => {
    const down = { send: () => Promise.reject(new Error('down')) };
    expect(await warned(numbers(6, 1), {}, { sink: down })).toMatchObject([
      { undam: { failedForGood: 6, settled: 7 } },
    ]);
  });

  test('not for what earlier deliveries had quarantined', async () => {
    const batch = ['poison', ...numbers(6, 0)];
    const output = await linesOf({ logger: newLogger() }, [batch, [...batch, 'b']], { order: 'none' });
    expect(ours(output, 'mostly-quarantined').map(({ undam }) => undam!.requestId)).toEqual(['request-1']);
  });

  test('what earlier deliveries had done is no success of this one', async () => {
    const first = ['outage', ...numbers(0, 6)];
    const output = await linesOf({ logger: newLogger() }, [first, [...first, ...numbers(5, 0)]], { order: 'none' });
    expect(ours(output, 'mostly-quarantined')).toMatchObject([
      { undam: { requestId: 'request-2', failedForGood: 5, settled: 5 } },
    ]);
  });

  test('counts only what the invocation settled: what the budget left over is no success', async () => {
    const output = await linesOf(
      { logger: newLogger() },
      [[...numbers(6, 2), ...Array.from({ length: 20 }, (_, n) => `outage${n}`)]],
      {
        order: 'none',
      },
    );
    expect(ours(output, 'mostly-quarantined')).toMatchObject([{ undam: { failedForGood: 6, settled: 8 } }]);
  });
});

describe('an adapter in trouble', () => {
  const boom = () => {
    throw new Error('adapter');
  };

  test('a logger that throws keeps no metric back and changes no outcome', async () => {
    const logger = { debug: boom, info: boom, warn: boom, error: boom };
    const { fn } = observed(observeWith({ logger, metrics: newMetrics() }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'poison', 'permanent'))).toEqual(['poison']);
    });
    expect(output.metrics.map(valuesIn)).toMatchObject([{ Records: 3, RecordsQuarantined: 1 }]);
  });

  test('metrics that throw keep no line back and change no outcome', async () => {
    const { fn } = observed(observeWith({ logger: newLogger(), metrics: { singleMetric: boom } }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'poison', 'permanent'))).toEqual(['poison']);
    });
    expect(ours(output, 'invocation-ended')).toHaveLength(1);
  });

  test('a metric that clashes with a dimension of the user is the loss of one set', async () => {
    const metrics = new Metrics({ namespace: 'shop', defaultDimensions: { Records: 'mine' } });
    const { fn } = observed(observeWith({ logger: newLogger(), metrics }));
    const output = await outputOf(async () => {
      expect(reportedIn(await fn.deliver('a', 'permanent'))).toEqual([]);
    });
    expect(output.metrics).toEqual([]);
    expect(ours(output, 'invocation-ended')).toHaveLength(1);
  });
});

test('invocations side by side publish each its own set', async () => {
  const { invoke } = observed(observeWith({ metrics: newMetrics() }), {
    handle: async ({ kinesis }) => {
      await Promise.resolve();
      byName({ kinesis } as never, undefined as never);
    },
  });
  const { metrics } = await outputOf(() => Promise.all([invoke('first', 'a', 'b'), invoke('second', 'permanent')]));
  const sets = Object.fromEntries(metrics.map((line) => [String(line.requestId), valuesIn(line)]));
  expect(sets).toMatchObject({
    first: { Records: 2, RecordsDone: 2 },
    second: { Records: 1, RecordsDone: 0, QuarantinedPermanent: 1 },
  });
});

test.each<readonly [object, string]>([
  [{}, 'expected a logger, metrics or both, got neither'],
  [{ logger: {} }, 'logger: expected an object with debug() and info() and warn() and error()'],
  [{ metrics: () => {} }, 'metrics: expected an object with singleMetric()'],
  [{ logger: console, sampleRate: 2 }, 'sampleRate: expected a number from 0 to 1, got 2'],
  [{ logger: console, sampleRate: Number.NaN }, 'sampleRate: expected a number from 0 to 1'],
  [{ logger: console, logErrors: 'all' }, 'logErrors: expected "message" or "stack", got "all"'],
  [{ logger: console, majorityFrom: 0 }, 'majorityFrom: expected a whole number from 1 to 10,000, got 0'],
  [{ logger: console, correlationId: '$.id' }, 'correlationId: expected a function'],
  [{ logger: console, loger: console }, 'unknown option "loger"'],
])('bad options are refused when the function is built: %j', (options, problem) => {
  expect(() => observeWith(options)).toThrow(
    expect.objectContaining({ code: 'bad-option', message: expect.stringContaining(problem) }),
  );
});
