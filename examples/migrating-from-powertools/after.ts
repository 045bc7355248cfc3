import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { partialBatch, quarantine, timeBudget } from 'undam';
import { StreamProcessor } from 'undam/powertools';
import { sqsSink } from 'undam/sqs';
import { book, type Order } from './booking.ts';

const processor = new StreamProcessor(EventType.KinesisDataStreams);

async function recordHandler({ kinesis }: KinesisStreamRecord): Promise<void> {
  await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Order);
}

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }) }))
  .use(timeBudget({ recordMs: 5_000 }))
  .handler(async (event: KinesisStreamEvent, context: Context) =>
    processPartialResponse(event, recordHandler, processor, { context }),
  );
