import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { KinesisEvent, LambdaContext } from '@undam/simulator';
import type { Context, KinesisStreamRecord } from 'aws-lambda';
import { bookOrder, orderFrom } from './orders.ts';

/**
 * The same business function behind Powertools' `BatchProcessor`, as its documentation has it: all records of a batch at
 * once, each failure reported.
 */
export async function handler(event: KinesisEvent, context: LambdaContext): Promise<unknown> {
  // One for each invocation: an environment of Lambda has one invocation at a time, this process has one for each shard.
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  return processPartialResponse(event, bookRecord, processor, { context: context as unknown as Context });
}

async function bookRecord({ kinesis }: KinesisStreamRecord): Promise<void> {
  const text = Buffer.from(kinesis.data, 'base64').toString('utf8');
  await bookOrder(orderFrom(JSON.parse(text)));
}
