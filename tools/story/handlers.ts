import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { VirtualQueues } from '@undam/simulator/parts';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { eachRecord, streamGuard } from 'undam';
import { sqsSink } from 'undam/sqs';
import { book } from './business.ts';
import type { ContenderKey } from './story-data.ts';

export const queueUrl = 'https://sqs.us-east-1.amazonaws.com/000000000000/quarantine';

type Handler = (event: KinesisStreamEvent, context: Context) => Promise<unknown>;

const bookRecord = ({ kinesis }: { readonly kinesis: { readonly data: string } }): Promise<void> => book(kinesis.data);

/** All or nothing, like most first handlers. */
async function plain({ Records }: KinesisStreamEvent): Promise<void> {
  for (const record of Records) await bookRecord(record);
}

function powertools(): Handler {
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  return (event, context) =>
    processPartialResponse(event, (record: KinesisStreamRecord) => bookRecord(record), processor, { context });
}

function undam(queues: VirtualQueues): Handler {
  const client = new SQSClient({ region: 'us-east-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
  client.send = queues.send as SQSClient['send'];
  const sink = sqsSink({ queueUrl, client });
  return middy()
    .use(streamGuard({ quarantine: { sink, attempts: 3 }, observe: () => undefined }))
    .handler(eachRecord((record) => bookRecord(record))) as unknown as Handler;
}

/** A handler of this kind, with its own state. */
export function handlerOf(key: ContenderKey, queues: VirtualQueues): Handler {
  if (key === 'undam') return undam(queues);
  return key === 'powertools' ? powertools() : plain;
}
