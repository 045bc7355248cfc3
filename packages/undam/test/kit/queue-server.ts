import type { AddressInfo } from 'node:net';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

/** An SQS emulator in this process, on 127.0.0.1. */
export interface QueueServer {
  /** The endpoint, without a path. */
  readonly url: string;
  readonly client: SQSClient;
  /** Answers the new queue's URL; a name that ends in `.fifo` makes a FIFO queue. */
  createQueue(name: string, attributes?: Record<string, string>): Promise<string>;
  /** Takes every message out of the queue, in the order in which SQS hands them out. */
  takeAll(queueUrl: string): Promise<Message[]>;
  close(): Promise<void>;
}

/** Credentials for the SDK's default chain, so that it asks no network for any. */
export function useTestCredentials(): void {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  process.env.AWS_REGION = 'us-east-1';
}

export async function startQueueServer(): Promise<QueueServer> {
  useTestCredentials();
  const app = buildApp({ logger: false, host: 'localhost' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const client = new SQSClient({ endpoint: url, region: 'us-east-1' });
  return {
    url,
    client,
    createQueue: async (name, attributes = {}) => {
      const fifo = name.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
      const created = await client.send(
        new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...attributes } }),
      );
      return url + new URL(created.QueueUrl ?? '').pathname;
    },
    takeAll: (queueUrl) => takeAll(client, queueUrl),
    close: async () => {
      client.destroy();
      await app.close();
    },
  };
}

async function takeAll(client: SQSClient, queueUrl: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages: messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (messages.length === 0) return all;
    all.push(...messages);
    const entries = messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  }
}
