export interface Order {
  readonly orderId: number;
  readonly total: number;
}

/** Books an order with the booking service. */
export async function book(order: Order): Promise<void> {
  const response = await fetch(`${process.env.BOOKING_URL}/orders`, { method: 'POST', body: JSON.stringify(order) });
  if (!response.ok) throw new Error(`the booking service answered ${response.status}`);
}
