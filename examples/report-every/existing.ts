import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';

/** The handler in service until now: it sends every message, even after failures, and reports each failure. */
export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  const results = await Promise.allSettled(event.Records.map(({ kinesis }) => send(kinesis.data)));
  const failed = event.Records.filter((_, index) => results[index]?.status === 'rejected');
  return { batchItemFailures: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
}

/** Sends one text message. */
async function send(data: string): Promise<void> {
  const body = Buffer.from(data, 'base64').toString();
  const response = await fetch(`${process.env.MESSAGING_URL}/messages`, { method: 'POST', body });
  if (!response.ok) throw new Error(`the messaging service answered ${response.status}`);
}
