// How do I see in logs and metrics what happens to my records, without showing them?
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { observeWith } from 'undam/powertools';
import { sqsSink } from 'undam/sqs';

interface Payment {
  orderId: string;
  cardNumber: string;
  cents: number;
}

const logger = new Logger({ serviceName: 'payments' });
const metrics = new Metrics({ namespace: 'shop', serviceName: 'payments' });

// One line and one set of metrics for each invocation, one line for each quarantine. Of invocations without trouble, one in ten
// gets its line; all get their metrics. The order's id is the only part of a payment in the log.
const observe = observeWith({
  logger,
  metrics,
  sampleRate: 0.1,
  correlationId: ({ kinesis: { data } }) => JSON.parse(Buffer.from(data, 'base64').toString()).orderId,
});

export const handler = middy()
  .use(injectLambdaContext(logger))
  // Publishes your own metrics, and not ours.
  .use(logMetrics(metrics))
  .use(partialBatch({ observe }))
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget())
  .handler(
    eachRecord(
      async (_record, { decoded, signal }) => {
        await charge(decoded, signal);
        metrics.addMetric('PaymentsCharged', 'Count', 1);
      },
      { decode: json<Payment>() },
    ),
  );

async function charge(payment: Payment, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${process.env.PAYMENTS_URL}/payments`, {
    method: 'POST',
    body: JSON.stringify(payment),
    signal,
  });
  if (!response.ok) throw new Error(`the bank refused ${JSON.stringify(payment)}: ${response.status}`);
}
