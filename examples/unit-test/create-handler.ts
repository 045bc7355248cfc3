// How do I unit-test my handler with the mocks of my test runner, in milliseconds?
import middy from '@middy/core';
import { eachRecord, type Sink, streamGuard } from 'undam';
import { json } from 'undam/decode';
import { book, type Order } from './booking.ts';

/** One call, one handler: outside Lambda each has an empty ledger of its own. */
export const createHandler = (sink: Sink) =>
  middy()
    .use(streamGuard({ quarantine: { sink, attempts: 3 }, timeBudget: { recordMs: 5_000 } }))
    .handler(eachRecord((_record, { decoded, signal }) => book(decoded, signal), { decode: json<Order>() }));
