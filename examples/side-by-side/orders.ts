import { setTimeout as sleep } from 'node:timers/promises';
import { bookingDone, bookingStarted } from './booking-log.ts';

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly item: string;
  readonly quantity: number;
  /** In cents. */
  readonly total: number;
}

/** The order as it stands in a record, checked. Throws for anything that is no order: trying again would not help. */
export function orderFrom(value: unknown): Order {
  const order = value as Partial<Order> | null;
  for (const name of ['orderId', 'customerId', 'item'] as const) {
    if (typeof order?.[name] !== 'string') throw new TypeError(`not an order: ${name} is missing`);
  }
  for (const name of ['quantity', 'total'] as const) {
    if (!Number.isSafeInteger(order?.[name])) throw new TypeError(`not an order: ${name} is no whole number`);
  }
  return order as Order;
}

/**
 * The business function of all handlers: books one order with a downstream that is usually quick, sometimes takes a
 * few milliseconds, and is bad at three items.
 */
export async function bookOrder(order: Order, signal?: AbortSignal): Promise<void> {
  await bookingStarted(order.orderId);
  if (order.item === 'recalled-toaster') throw new Error('the price list has no such item');
  if (order.item === 'bottomless-cup') await new Promise(() => {});
  if (order.item === 'grand-piano') await sleep(1_600, undefined, signal ? { signal } : {});
  if (order.total % 10 === 0) await sleep(1 + (order.total % 4));
  bookingDone(order.orderId);
}
