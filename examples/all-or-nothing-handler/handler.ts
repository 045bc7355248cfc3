// How do I get one bad record out of a handler that writes its whole batch at once, and throws when that fails?
import middy from '@middy/core';
import { partialBatch, quarantine, splitOnError, timeBudget } from 'undam';
import { sqsSink } from 'undam/sqs';
import { handler as existing } from './existing.ts';

// On a throw it is called again with halves of the batch, until the bad record is alone. A request that failed half way is
// repeated with the same readings: make the write repeatable, as a PUT by reading id is.
export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 1_000 }))
  .handler(splitOnError(existing));
