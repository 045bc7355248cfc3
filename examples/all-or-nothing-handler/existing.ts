import type { KinesisStreamEvent } from 'aws-lambda';

/** The handler in service until now: it writes all readings in one request, and throws when that fails. */
export async function handler(event: KinesisStreamEvent, _context?: unknown, { signal }: Cut = {}): Promise<void> {
  const readings = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  const body = `{"readings":[${readings.join(',')}]}`;
  const response = await fetch(`${process.env.METERING_URL}/readings`, {
    method: 'PUT',
    body,
    ...(signal && { signal }),
  });
  if (!response.ok) throw new Error(`the metering service answered ${response.status}`);
}

interface Cut {
  signal?: AbortSignal;
}
