// How do I get a poison pill out of the way at once, without emptying the stream into the queue during an outage?
import { AssertionError, ok } from 'node:assert/strict';
import middy from '@middy/core';
import { eachRecord, OutageError, PermanentError, partialBatch, quarantine, timeBudget } from 'undam';
import { json } from 'undam/decode';
import { sqsSink } from 'undam/sqs';

interface Payment {
  paymentId: string;
  amountInCents: number;
}

export const handler = middy()
  .use(partialBatch())
  .use(
    quarantine({
      sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }),
      attempts: 3,
      retry: { baseMs: 200, capMs: 2_000 },
      // An error of a library about the payment itself counts like a PermanentError.
      isPermanent: (error) => error instanceof AssertionError,
    }),
  )
  .use(timeBudget({ recordMs: 5_000 }))
  .handler(eachRecord(async (_record, { decoded, signal }) => capture(decoded, signal), { decode: json<Payment>() }));

async function capture({ paymentId, amountInCents }: Payment, signal: AbortSignal): Promise<void> {
  ok(Number.isSafeInteger(amountInCents) && amountInCents > 0, 'amountInCents is no whole number above 0');
  const request = { method: 'POST', body: JSON.stringify({ paymentId, amountInCents }), signal };
  const response = await fetch(`${process.env.GATEWAY_URL}/captures`, request).catch((cause) => {
    throw new OutageError('the gateway cannot be reached', { cause });
  });
  // The payment is not to blame: no attempt is charged, and it comes again until the gateway is back.
  if (response.status === 503) throw new OutageError('the gateway is down');
  // The gateway has decided. Error messages go to the queue: keep what is secret out of them.
  if (response.status === 422) throw new PermanentError('the gateway rejects the payment');
  // Any other failure is tried again, three times in all.
  if (!response.ok) throw new Error(`the gateway answered ${response.status}`);
}
