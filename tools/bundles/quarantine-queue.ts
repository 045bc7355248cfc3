import type { AddressInfo } from 'node:net';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildApp } from 'fauxqs';

/** A queue of an SQS emulator in this process. */
export interface QuarantineQueue {
  readonly url: string;
  /** The bodies of up to ten messages, which are then invisible for a while. */
  take(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openQuarantineQueue(): Promise<QuarantineQueue> {
  const app = buildApp({ logger: false, host: 'localhost' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials });
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'quarantine' }));
  const url = endpoint + new URL(QueueUrl).pathname;
  return {
    url,
    take: async () => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '' }) => Body);
    },
    close: async () => {
      client.destroy();
      await app.close();
    },
  };
}
