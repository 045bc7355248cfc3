import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { type DynamoDBStreamEvent, eachRecord, PermanentError, streamGuard } from 'undam';
import { images } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
import { type Order, orderFrom } from './orders.ts';

const sqs = new SQSClient();

/** The same for a table that holds each customer's latest order: its stream brings the orders. */
export const handler = middy()
  .use(
    streamGuard<DynamoDBStreamEvent>({
      quarantine: { sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 },
      timeBudget: { reserveMs: 400, recordMs: 150 },
      observe: () => {},
    }),
  )
  .handler(
    eachRecord(async (_record, { decoded, signal }) => book(validOrder(decoded.newImage), signal), {
      decode: images(),
    }),
  );

function validOrder(image: unknown): Order {
  try {
    return orderFrom(image);
  } catch (cause) {
    throw new PermanentError('not an order', { cause });
  }
}

async function book(order: Order, signal: AbortSignal): Promise<void> {
  if (order.item === 'recalled-toaster') throw new Error('the price list has no such item');
  if (order.item === 'bottomless-cup' || order.item === 'grand-piano') await new Promise(() => {});
  const command = new SendMessageCommand({ QueueUrl: process.env.BOOKED_URL!, MessageBody: order.orderId });
  await sqs.send(command, { abortSignal: signal });
}
