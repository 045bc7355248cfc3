// How do I say that my batch handler runs every record and reports every failure, so that no message is sent twice?
import middy from '@middy/core';
import { partialBatch, quarantine, timeBudget, wholeBatch } from 'undam';
import { sqsSink } from 'undam/sqs';
import { handler as existing } from './existing.ts';

// Only for a handler that really does so: each record it does not report counts as done, and is remembered as done.
export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 2 }))
  .use(timeBudget({ reserveMs: 1_000 }))
  .handler(wholeBatch(existing, { reports: 'every' }));
