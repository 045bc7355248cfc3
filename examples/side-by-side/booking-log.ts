import { AsyncLocalStorage } from 'node:async_hooks';
import { invocationIsRunning } from '@undam/simulator';

/** One step of the business function, in the order in which they happened. */
export interface Booking {
  readonly orderId: string;
  readonly step: 'started' | 'done';
}

const log = new AsyncLocalStorage<Booking[]>();

/** Runs one side with a log of its own: sides that run at the same time see nothing of each other. */
export function withBookingLog<T>(run: (bookings: readonly Booking[]) => Promise<T>): Promise<T> {
  const bookings: Booking[] = [];
  return log.run(bookings, () => run(bookings));
}

/** Notes that the business function was called. Never settles where Lambda would have ended the environment. */
export async function bookingStarted(orderId: string): Promise<void> {
  if (!invocationIsRunning()) await new Promise(() => {});
  log.getStore()?.push({ orderId, step: 'started' });
}

/** Notes that the order is booked. */
export function bookingDone(orderId: string): void {
  if (invocationIsRunning()) log.getStore()?.push({ orderId, step: 'done' });
}
