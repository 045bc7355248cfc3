/** A user's functions for streams without order, and for streams behind a filter. */
import middy from '@middy/core';
import { type DynamoDBStreamEvent, eachRecord, streamGuard, wholeBatch } from 'undam';
import { images, json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';

const sink = sqsSink({ queueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/quarantine.fifo' });
const quarantine = { sink, attempts: 2, retry: 'redelivery' } as const;

interface Order {
  readonly kind?: 'poison';
}

function book(order: Order | undefined): void {
  if (order?.kind === 'poison') throw new Error('cannot be booked');
}

export const handler = middy()
  .use(streamGuard({ quarantine, observe: () => {} }))
  .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json<Order>() }));

export const batches = middy()
  .use(streamGuard({ quarantine, observe: () => {} }))
  .handler(
    wholeBatch(({ Records }) =>
      Promise.allSettled(
        Records.map(async ({ kinesis }) => book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()))),
      ),
    ),
  );

export const items = middy()
  .use(streamGuard<DynamoDBStreamEvent>({ quarantine, observe: () => {} }))
  .handler(eachRecord((_record, { decoded }) => book(decoded.newImage as Order | undefined), { decode: images() }));
