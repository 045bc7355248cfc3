import { did } from '@undam/simulator/did';
import type { Order } from './booking.ts';

/** Books an order, or refuses it as the service would. */
export async function book({ id }: Order): Promise<void> {
  if (id === 47) throw new Error('the booking service answered 400');
  did(id);
}
