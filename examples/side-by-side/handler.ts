import middy from '@middy/core';
import { eachRecord, PermanentError, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
import { bookOrder, type Order, orderFrom } from './orders.ts';

/** The same business function under Undam. */
export const handler = middy()
  // Events go to standard error by default; here the comparison has the terminal to itself.
  .use(partialBatch({ observe: () => {} }))
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ reserveMs: 400, recordMs: 150 }))
  .handler(
    eachRecord(async (_record, { signal, decoded }) => bookOrder(validOrder(decoded), signal), {
      decode: json<unknown>(),
    }),
  );

/** No further attempt makes an order of something that is none. */
function validOrder(value: unknown): Order {
  try {
    return orderFrom(value);
  } catch (cause) {
    throw new PermanentError('not an order', { cause });
  }
}
