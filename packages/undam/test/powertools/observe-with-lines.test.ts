import { describe, expect, test } from '@jest/globals';
import { observeWith } from '../../src/powertools/observe-with.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { linesAbout, linesOf, newLogger, observed, type Setting } from '../kit/observed-function.ts';
import { outputOf } from '../kit/output.ts';
import { kinesisRecord } from '../kit/stream.ts';

describe('log lines', () => {
  test('one summary for each invocation, at the level of its outcome', async () => {
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
      linesAbout(await linesOf({ logger: newLogger() }, [numbers], options), 'invocation-ended').map(
        ({ level }) => level,
      );
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
    expect(linesAbout(output, 'quarantined')).toMatchObject([
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

  test('one with the cause for a sink that is down, and the count in the summary', async () => {
    const error = Object.assign(new Error('could not reach 10.0.0.1'), {
      name: 'NetworkingError',
      code: 'ECONNREFUSED',
    });
    const output = await linesOf({ logger: newLogger() }, [['permanent1', 'permanent2', 'permanent3']], {
      sink: { send: () => Promise.reject(error) },
      order: 'none',
    });
    expect(linesAbout(output, 'quarantine-refused')).toMatchObject([
      {
        level: 'WARN',
        undam: { reason: 'permanent', error: { name: 'NetworkingError', code: 'ECONNREFUSED' } },
      },
    ]);
    expect(linesAbout(output, 'invocation-ended')).toMatchObject([{ undam: { sinkFailures: 3 } }]);
    expect(output.text).not.toContain('10.0.0.1');
  });

  test('one for each failed operation of a ledger', async () => {
    const reject = () => Promise.reject(new TypeError('fetch failed'));
    const output = await linesOf({ logger: newLogger() }, [['poison']], {
      ledger: { recall: reject, remember: reject },
    });
    expect(
      linesAbout(output, 'ledger-failed').map(({ level, undam }) => [level, undam!.operation, undam!.error]),
    ).toEqual([
      ['WARN', 'recall', { name: 'TypeError' }],
      ['WARN', 'remember', { name: 'TypeError' }],
    ]);
  });

  test('with all of ours under one key, so that the keys of the user stay', async () => {
    const logger = newLogger();
    logger.appendKeys({ reason: 'mine', id: 7, shardId: 'mine' });
    const output = await linesOf({ logger }, [['permanent']]);
    for (const line of output.logs) expect(line).toMatchObject({ reason: 'mine', id: 7, shardId: 'mine' });
    expect(linesAbout(output, 'quarantined')).toHaveLength(1);
    expect(output.text).not.toContain('reserved key');
  });
});

describe('correlationId', () => {
  test('is taken from the record, for lines about it only', async () => {
    const correlationId = ({ kinesis }: KinesisStreamRecord) =>
      (JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as { trace: string }).trace;
    const one = kinesisRecord('permanent', { data: '{"trace":"t-1","card":"4111"}' });
    const { fn } = observed(observeWith({ logger: newLogger(), correlationId }));
    const output = await outputOf(() => fn.deliverEvent({ Records: [one, kinesisRecord('a', { data: '{}' })] }));
    expect(linesAbout(output, 'quarantined')).toMatchObject([{ correlation_id: 't-1' }]);
    expect(linesAbout(output, 'invocation-ended')[0]).not.toHaveProperty('correlation_id');
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
    expect(linesAbout(output, 'quarantined')).toHaveLength(1);
    expect(linesAbout(output, 'quarantined')[0]).not.toHaveProperty('correlation_id');
  });

  test('is cut at 128 characters', async () => {
    const output = await linesOf({ logger: newLogger(), correlationId: () => 'x'.repeat(500) }, [['permanent']]);
    expect(linesAbout(output, 'quarantined')[0]!.correlation_id).toHaveLength(128);
  });
});
