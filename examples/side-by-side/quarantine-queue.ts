import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Envelope } from 'undam/envelope';
import { decodeEnvelope } from 'undam/envelope';

/** Creates the queue and answers its URL on this machine. */
export async function createQuarantine(client: SQSClient, sqsUrl: string): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'orders-quarantine' }));
  // The emulator names a host of its own in the URL; the client follows the host in the queue's URL.
  return new URL(new URL(QueueUrl).pathname, sqsUrl).href;
}

/** Takes everything out of the queue, through SQS as any reader would. Repeats of one quarantine count once. */
export async function readQuarantine(client: SQSClient, QueueUrl: string): Promise<Envelope[]> {
  const envelopes = new Map<string, Envelope>();
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return [...envelopes.values()];
    for (const { Body = '' } of Messages) {
      const envelope = decodeEnvelope(Body);
      envelopes.set(envelope.id, envelope);
    }
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: `${n}`, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}
