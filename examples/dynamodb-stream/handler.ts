// How do I react to the changes of a DynamoDB table, those of each item in their order?
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import { type DynamoDBStreamEvent, eachRecord, streamGuard } from 'undam';
import { type AttributeItem, type ItemImages, images } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
import { z } from 'zod';

const Order = z.object({
  orderId: z.string(),
  status: z.enum(['placed', 'paid', 'shipped']),
  total: z.number(),
  tags: z.set(z.string()).default(new Set()),
});
type Order = z.infer<typeof Order>;

const sqs = new SQSClient();

export const handler = middy()
  .use(
    streamGuard<DynamoDBStreamEvent>({
      quarantine: { sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 },
      timeBudget: { recordMs: 5_000 },
    }),
  )
  // Every image of a change must match the schema; an INSERT has no old one, a REMOVE no new one.
  .handler(
    eachRecord(async (_record, { decoded, signal }) => tell(decoded, signal), { decode: images({ schema: Order }) }),
  );

/**
 * Tells the readers of the queue that an order's status has changed; with order: 'key' (the default), in the order of the
 * changes.
 */
async function tell(
  { keys, newImage, oldImage }: ItemImages<Order, AttributeItem>,
  signal: AbortSignal,
): Promise<void> {
  const [from, to] = [oldImage?.status, newImage?.status];
  if (from === to) return;
  const MessageBody = JSON.stringify({ ...keys, from, to, tags: [...(newImage ?? oldImage)!.tags] });
  const command = new SendMessageCommand({ QueueUrl: process.env.EVENTS_URL!, MessageBody });
  await sqs.send(command, { abortSignal: signal });
}
