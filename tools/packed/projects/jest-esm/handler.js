import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';

const book = async (order) => {
  if (order.total === undefined) throw new Error('an order without a total');
};

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL }), attempts: 2 }))
  .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json() }));

export const unguarded = async ({ Records }) => {
  for (const { kinesis } of Records) await book(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()));
};
