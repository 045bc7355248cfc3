import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { book, type Order } from './booking.ts';

const processor = new BatchProcessor(EventType.KinesisDataStreams);

async function recordHandler({ kinesis }: KinesisStreamRecord): Promise<void> {
  await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Order);
}

export const handler = async (event: KinesisStreamEvent, context: Context) =>
  processPartialResponse(event, recordHandler, processor, { context });
