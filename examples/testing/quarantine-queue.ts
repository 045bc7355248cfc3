import type { AddressInfo } from 'node:net';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';
import { decodeEnvelope, type Envelope } from 'undam/envelope';

/** A quarantine queue in an SQS emulator on a free loopback port. */
export interface QuarantineQueue {
  readonly queueUrl: string;
  readonly client: SQSClient;
  /** Takes everything out of the queue. */
  takeAll(): Promise<Envelope[]>;
  stop(): Promise<void>;
}

/** Starts the emulator, and gives this process the SDK settings of a local account. */
export async function startQuarantineQueue(): Promise<QuarantineQueue> {
  Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  const app = buildApp({ logger: false, host: 'localhost' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const client = new SQSClient({ endpoint });
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'quarantine' }));
  // The emulator puts its own host into the URL; the sink calls the host in the queue's URL.
  const queueUrl = endpoint + new URL(QueueUrl).pathname;
  return {
    queueUrl,
    client,
    takeAll: () => takeAll(client, queueUrl),
    async stop() {
      client.destroy();
      await app.close();
    },
  };
}

async function takeAll(client: SQSClient, QueueUrl: string): Promise<Envelope[]> {
  const envelopes: Envelope[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return envelopes;
    for (const { Body = '', ReceiptHandle } of Messages) {
      envelopes.push(decodeEnvelope(Body));
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
