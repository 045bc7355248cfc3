import { did } from '@undam/simulator';
import type { Order } from '../src/orders.js';

export async function insert({ id }: Order): Promise<void> {
  did(id);
}
