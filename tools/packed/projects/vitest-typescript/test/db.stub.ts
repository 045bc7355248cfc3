import { did } from '@undam/simulator/did';
import type { Order } from '../src/orders.js';

export async function insert({ id }: Order): Promise<void> {
  did(id);
}
