import type { KinesisEvent } from '@undam/simulator';
import { bookOrder, orderFrom } from './orders.ts';

/** An ordinary handler, all or nothing: the first record that fails fails its whole batch. */
export async function handler(event: KinesisEvent): Promise<void> {
  for (const record of event.Records) {
    const text = Buffer.from(record.kinesis.data, 'base64').toString('utf8');
    await bookOrder(orderFrom(JSON.parse(text)));
  }
}
