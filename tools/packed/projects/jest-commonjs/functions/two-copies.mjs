import middy from '@middy/core';
import { streamGuard } from 'undam';
import { sqsSink } from 'undam/sqs';
// A handler wrapper that was required.
import { booking } from './wrapped.js';

const sink = sqsSink({ queueUrl: process.env.QUARANTINE_URL });

export const handler = middy()
  .use(streamGuard({ quarantine: { sink, attempts: 1 } }))
  .handler(booking);
