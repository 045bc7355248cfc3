import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
// CommonJS, which requires undam for its errors.
import { book } from '../orders.js';

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL }) }))
  .use(timeBudget())
  .handler(eachRecord((_record, { decoded }) => book(decoded), { decode: json() }));
