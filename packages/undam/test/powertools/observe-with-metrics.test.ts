import { describe, expect, test } from '@jest/globals';
import { observeWith } from '../../src/powertools/observe-with.ts';
import { streamName } from '../../src/powertools/stream-name.ts';
import { byName, linesOf, newMetrics, observed } from '../kit/observed-function.ts';
import { faultsOfMetrics, outputOf, valuesIn } from '../kit/output.ts';

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

  test('are published for an invocation that fails as a whole, too', async () => {
    const { fn } = observed(observeWith({ metrics: newMetrics() }));
    const { metrics } = await outputOf(() => fn.deliverEvent({ Records: [{ eventSource: 'aws:sqs' }] }));
    expect(metrics.map(valuesIn)).toMatchObject([{ InvocationsFailed: 1, Records: 0 }]);
    expect(metrics).toMatchObject([{ stream: 'unknown' }]);
    expect(metrics.flatMap(faultsOfMetrics)).toEqual([]);
  });

  test('say the same, a line each, if the instance publishes each one at once', async () => {
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

test('each of several invocations side by side publishes its own set', async () => {
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
