import { did } from '@undam/simulator/did';
import type { Order } from './booking.ts';

/** Stands in for the booking service, which refuses a negative total each time. */
export async function book({ orderId, total }: Order): Promise<void> {
  if (total < 0) throw new Error('the booking service answered 400');
  did(orderId);
}
