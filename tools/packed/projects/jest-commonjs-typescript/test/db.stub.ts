import { did } from '@undam/simulator/did';
import type { Order } from '../src/orders';

export async function insert(_table: string, { id }: Order): Promise<void> {
  did(id);
}
