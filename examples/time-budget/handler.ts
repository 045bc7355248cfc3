// How do I keep a slow or hanging call from running the whole batch into the function's time-out?
import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';

interface Reading {
  deviceId: string;
  celsius: number;
}

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  // A reading that takes longer than recordMs has failed once. The batch ends reserveMs before the function's time-out: readings
  // without a turn by then, and those cut off, are delivered again and keep their attempts.
  .use(timeBudget({ reserveMs: 1_000, recordMs: 500 }))
  .handler(
    eachRecord(async (_record, { decoded, attempt, signal }) => store(decoded, attempt, signal), {
      decode: json<Reading>(),
      concurrency: 5,
    }),
  );

async function store(reading: Reading, attempt: number, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${process.env.READINGS_URL}/readings`, {
    method: 'POST',
    headers: { 'x-attempt': String(attempt) },
    body: JSON.stringify(reading),
    // Without it, an abandoned call would go on, even during the next attempt.
    signal,
  });
  if (!response.ok) throw new Error(`the readings service answered ${response.status}`);
}
