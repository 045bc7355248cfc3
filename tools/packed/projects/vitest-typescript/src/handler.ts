import middy from '@middy/core';
import { eachRecord, type KinesisStreamEvent, partialBatch, quarantine } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
import { insert } from './db.js';
import { mustBeOrder, type Order } from './orders.js';

async function book(order: Order): Promise<void> {
  mustBeOrder(order);
  await insert(order);
}

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 2 }))
  .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json<Order>() }));

export async function unguarded({ Records }: KinesisStreamEvent): Promise<void> {
  for (const { kinesis } of Records) await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()) as Order);
}
