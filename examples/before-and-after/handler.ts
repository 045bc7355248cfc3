// How do I see what my Powertools handler loses, and that it no longer does, before I deploy anything?
import { EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import middy from '@middy/core';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { partialBatch, quarantine, timeBudget } from 'undam';
import { StreamProcessor } from 'undam/powertools';
import { sqsSink } from 'undam/sqs';
import { book } from './booking.ts';

const processor = new StreamProcessor(EventType.KinesisDataStreams);

async function recordHandler({ kinesis }: KinesisStreamRecord): Promise<void> {
  await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()));
}

/** The same record handler under Undam. */
export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000, recordMs: 2_000 }))
  .handler(async (event: KinesisStreamEvent, context: Context) =>
    processPartialResponse(event, recordHandler, processor, { context }),
  );
