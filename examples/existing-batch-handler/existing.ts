import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';

/** The handler in service until now: it stops at the first scan that fails, and reports that one. */
export async function handler(event: KinesisStreamEvent): Promise<KinesisStreamBatchResponse> {
  for (const { kinesis } of event.Records) {
    try {
      await track(Buffer.from(kinesis.data, 'base64').toString());
    } catch {
      return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
}

/** Notes where a parcel was scanned. */
async function track(scan: string): Promise<void> {
  const response = await fetch(`${process.env.TRACKING_URL}/scans`, { method: 'POST', body: scan });
  if (!response.ok) throw new Error(`the tracking service answered ${response.status}`);
}
