// How do I get payloads that are checked and typed, and everything else out of the way?
import middy from '@middy/core';
import { eachRecord, partialBatch, quarantine, timeBudget } from 'undam';
import { schema } from 'undam/decode';
import { sqsSink } from 'undam/sqs';
import { z } from 'zod';

// zod here; valibot, arktype and any other Standard Schema work the same way.
const Order = z.object({
  orderId: z.string(),
  customer: z.object({ name: z.string(), email: z.email() }),
  items: z.array(z.object({ sku: z.string(), quantity: z.int().positive() })).min(1),
  placedAt: z.iso.datetime().transform((text) => new Date(text)),
  currency: z.enum(['EUR', 'USD']).default('EUR'),
});

export const handler = middy()
  .use(partialBatch())
  .use(quarantine({ sink: sqsSink({ queueUrl: process.env.QUARANTINE_URL! }), attempts: 3 }))
  .use(timeBudget({ recordMs: 5_000 }))
  .handler(
    eachRecord(
      // `order` has the type of the schema's output: placedAt is a Date, currency is always present.
      async (_record, { decoded: order, signal }) => {
        const pieces = order.items.reduce((sum, { quantity }) => sum + quantity, 0);
        await book(
          { orderId: order.orderId, pieces, year: order.placedAt.getUTCFullYear(), in: order.currency },
          signal,
        );
      },
      // schema(Order, gzipJson()) for compressed payloads.
      { decode: schema(Order) },
    ),
  );

interface Booking {
  readonly orderId: string;
  readonly pieces: number;
  readonly year: number;
  readonly in: 'EUR' | 'USD';
}

async function book(booking: Booking, signal: AbortSignal): Promise<void> {
  const request = { method: 'POST', body: JSON.stringify(booking), signal };
  const response = await fetch(`${process.env.BOOKING_URL}/orders`, request);
  if (!response.ok) throw new Error(`the booking service answered ${response.status}`);
}
