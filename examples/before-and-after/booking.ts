export interface Order {
  readonly id: number;
}

/** Reaches a service, which a simulation refuses: the test has a stand-in for this module. */
export async function book(order: Order): Promise<void> {
  const response = await fetch(`${process.env.BOOKING_URL}/orders`, { method: 'POST', body: JSON.stringify(order) });
  if (!response.ok) throw new Error(`the booking service answered ${response.status}`);
}
