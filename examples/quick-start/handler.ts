// How do I keep one bad order from holding up its shard?
import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';

interface Order {
  orderId: string;
  customerId: string;
  total: number;
}

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
  .handler(eachRecord(async (_record, { decoded, signal }) => book(decoded, signal), { decode: json<Order>() }));

async function book(order: Order, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(order);
  const response = await fetch(`${process.env.BOOKING_URL}/orders`, { method: 'POST', body, signal });
  if (!response.ok) throw new Error(`the booking service answered ${response.status}`);
}
