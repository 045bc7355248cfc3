import { sqsSink } from 'undam/sqs';
import { createHandler } from './create-handler.ts';

export const handler = createHandler(sqsSink({ queueUrl: process.env.QUARANTINE_URL! }));
