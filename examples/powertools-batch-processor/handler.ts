// How do I keep my Powertools batch processor, and gain order, a quarantine and a time budget?
import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { partialBatch, quarantine, timeBudget } from 'undam';
// The one line that changes: `BatchProcessor` came from Powertools.
import { StreamProcessor as BatchProcessor } from 'undam/powertools';
import { sqsSink } from 'undam/sqs';

const processor = new BatchProcessor(EventType.KinesisDataStreams);

/** Books a movement of stock: written for Powertools, and unchanged. */
async function recordHandler({ kinesis }: KinesisStreamRecord): Promise<void> {
  const movement = Buffer.from(kinesis.data, 'base64').toString();
  const response = await fetch(`${process.env.STOCK_URL}/movements`, { method: 'POST', body: movement });
  if (!response.ok) throw new Error(`the stock service answered ${response.status}`);
}

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
  .handler(async (event: KinesisStreamEvent, context: Context) =>
    processPartialResponse(event, recordHandler, processor, { context }),
  );
