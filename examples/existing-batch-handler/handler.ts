// How do I add a quarantine and a time budget to a batch handler that I want to keep as it is?
import middy from '@middy/core';
import { partialBatch, quarantine, timeBudget, wholeBatch } from 'undam';
import { sqsSink } from 'undam/sqs';
import { handler as existing } from './existing.ts';

// For a handler that runs every record and reports every failure: wholeBatch(existing, { reports: 'every' }). The handler's third
// argument is { signal }, aborted when the budget ends: a handler that passes it on does not hang on.
export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000 }))
  .handler(wholeBatch(existing));
