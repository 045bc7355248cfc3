import { PermanentError } from 'undam';

export interface Order {
  readonly orderId: string;
  readonly total: number;
}

export async function book(order: Order, signal: AbortSignal): Promise<void> {
  if (order.total < 0) throw new PermanentError('an order with a negative total');
  const body = JSON.stringify(order);
  const response = await fetch(`${process.env.BOOKING_URL}/orders`, { method: 'POST', body, signal });
  if (!response.ok) throw new Error(`the booking service answered ${response.status}`);
}
