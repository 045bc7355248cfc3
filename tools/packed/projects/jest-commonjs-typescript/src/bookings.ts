import { mustBeOrder, type Order } from '@app/orders';
import { counted } from './counted';
import { insert } from './db';

export class Bookings {
  constructor(private readonly table: string) {}

  @counted
  async book(order: Order, call?: number): Promise<void> {
    mustBeOrder(order);
    if (call === undefined) throw new Error('the decorator did nothing');
    await insert(this.table, order);
  }
}
