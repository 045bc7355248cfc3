// How do I read the quarantine back?
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { decodeEnvelope, type Envelope } from 'undam/envelope';

/** Hands each quarantined record to `review` and then deletes it; a record that `review` rejects stays in the queue. */
export async function readQuarantine(
  sqs: SQSClient,
  QueueUrl: string,
  review: (envelope: Envelope, payload: Buffer) => Promise<void>,
): Promise<void> {
  // A quarantined record may be in the queue twice, with the same id.
  const reviewed = new Set<string>();
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return;
    for (const { Body = '', ReceiptHandle } of Messages) {
      const envelope = decodeEnvelope(Body);
      if (!reviewed.has(envelope.id)) await review(envelope, Buffer.from(envelope.data, 'base64'));
      reviewed.add(envelope.id);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}
