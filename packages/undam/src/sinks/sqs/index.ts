export type { SendMessageBatchInput, SqsClient, SqsSender } from './client.ts';
export type { SqsSinkOptions } from './options.ts';
export { sqsSink } from './sqs-sink.ts';
