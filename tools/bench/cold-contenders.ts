/** A deployed handler, by the source of its entry, which is bundled before the measurement. */
export interface ColdContender {
  readonly name: string;
  readonly code: string;
}

const imports = `import middy from '@middy/core';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';`;
const order = "JSON.parse(Buffer.from(kinesis.data, 'base64').toString())";

export const middyAlone: ColdContender = {
  name: 'Middy alone',
  code: `import middy from '@middy/core';
export const handler = middy().handler(async ({ Records }) => {
  for (const { kinesis } of Records) ${order};
  return { batchItemFailures: [] };
});`,
};

/** As in Powertools' documentation, and under Middy like ours. */
export const powertoolsBatch: ColdContender = {
  name: 'Middy + Powertools batch',
  code: `${imports}
const processor = new BatchProcessor(EventType.KinesisDataStreams);
const recordHandler = async ({ kinesis }) => void ${order};
export const handler = middy().handler((event, context) => processPartialResponse(event, recordHandler, processor, { context }));`,
};

export const powertoolsWithLogger: ColdContender = {
  name: '… and its Logger',
  code: `${imports}
import { Logger } from '@aws-lambda-powertools/logger';
const logger = new Logger({ serviceName: 'orders' });
const processor = new BatchProcessor(EventType.KinesisDataStreams, { logger });
const recordHandler = async ({ kinesis }) => void ${order};
export const handler = middy().handler((event, context) => {
  logger.addContext(context);
  return processPartialResponse(event, recordHandler, processor, { context });
});`,
};

/** The quick start of the package's README, with the same work as the other handlers. */
export const undamQuickStart: ColdContender = {
  name: 'Undam quick start',
  code: `import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
  .handler(eachRecord(async (_record, { decoded }) => void decoded.orderId, { decode: json() }));`,
};
