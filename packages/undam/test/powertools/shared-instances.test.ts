import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../src/base/errors.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import { metricUnits } from '../../src/observe/names.ts';
import { observeWith } from '../../src/powertools/observe-with.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { faultsOfMetrics, outputOf, valuesIn } from '../kit/output.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { kinesisEvent } from '../kit/stream.ts';
import { VirtualLambda } from '../kit/virtual-lambda.ts';

const orders = [
  [0, 1, 2, 3, 4],
  [4, 3, 2, 1, 0],
  [1, 3, 0, 4, 2],
  [2, 4, 1, 0, 3],
  [3, 0, 4, 2, 1],
] as const;

describe.each(middyVersions)('%s: the user keeps its own metrics in the same instance', (_version, middy) => {
  test.each(orders)('with the middlewares in order %d %d %d %d %d', async (...order) => {
    const metrics = new Metrics({ namespace: 'shop', serviceName: 'orders' });
    const logger = new Logger({ serviceName: 'orders' });
    const lambda = new VirtualLambda();
    const middlewares = [
      logMetrics(metrics, { throwOnEmptyMetrics: true, defaultDimensions: { environment: 'test' } }),
      injectLambdaContext(logger, { resetKeys: true }),
      lambda.middlewares.partialBatch({ observe: observeWith({ logger, metrics }) }),
      lambda.middlewares.quarantine({ sink: new StoringSink() }),
      lambda.middlewares.timeBudget(),
    ];
    const chain = middy()
      .use(order.map((place) => middlewares[place]!))
      .handler(
        eachRecord(({ kinesis }) => {
          metrics.addMetric('OrdersBooked', 'Count', 1);
          if (kinesis.sequenceNumber === 'a') metrics.addDimension('tenant', 'acme').addMetadata('trace', 't-1');
          if (kinesis.sequenceNumber === 'c') throw new PermanentError('never');
        }),
      );
    const output = await outputOf(async () => {
      for (const awsRequestId of ['first', 'second'])
        await lambda.invoke(chain, kinesisEvent('a', 'c'), { ...lambda.context(), awsRequestId });
    });

    expect(output.metrics.flatMap(faultsOfMetrics)).toEqual([]);
    const users = output.metrics.filter((line) => 'OrdersBooked' in line);
    const ours = output.metrics.filter((line) => 'Records' in line);
    expect(users.map(valuesIn)).toEqual([{ OrdersBooked: [1, 1] }, { OrdersBooked: [1, 1] }]);
    for (const line of users) {
      expect(line).toMatchObject({ tenant: 'acme', trace: 't-1', environment: 'test', service: 'orders' });
      expect(line._aws.CloudWatchMetrics[0]!.Dimensions).toEqual([['service', 'environment', 'tenant']]);
      for (const name of ['stream', 'requestId', ...Object.keys(metricUnits)]) expect(line).not.toHaveProperty(name);
    }
    expect(ours.map(({ requestId }) => requestId)).toEqual(['first', 'second']);
    for (const line of ours) {
      expect(valuesIn(line)).toMatchObject({ Records: 2, RecordsDone: 1, QuarantinedPermanent: 1 });
      expect(line._aws.CloudWatchMetrics[0]).toMatchObject({
        Namespace: 'shop',
        Dimensions: [['service', 'environment', 'stream']],
      });
      for (const name of ['tenant', 'trace', 'OrdersBooked']) expect(line).not.toHaveProperty(name);
    }
    expect(output.metrics).toHaveLength(4);
    // What logMetrics() itself says of a default dimension that it sets anew: nothing of an empty set, nor of ours.
    expect(output.warnings).toEqual([expect.stringContaining('Dimension "environment" has already been added')]);
    expect(output.logs.map(({ message }) => message)).toEqual([
      'undam: attempt-failed',
      'undam: quarantined',
      'undam: invocation-ended',
      'undam: attempt-failed',
      'undam: quarantined',
      'undam: invocation-ended',
    ]);
    for (const line of output.logs) expect(line).toMatchObject({ function_request_id: line.undam!.requestId });
  });
});
