import { invocationIsRunning } from '@undam/simulator';

/** One step of the business function, in the order in which they happened. */
export interface Booking {
  readonly orderId: string;
  readonly step: 'started' | 'done';
}

let log: Booking[] = [];

/** Empties the log, for the next run, and answers the new one. */
export function newBookingLog(): readonly Booking[] {
  log = [];
  return log;
}

/** Notes that the business function was called. Never settles where Lambda would have ended the environment. */
export async function bookingStarted(orderId: string): Promise<void> {
  if (!invocationIsRunning()) await new Promise(() => {});
  log.push({ orderId, step: 'started' });
}

/** Notes that the order is booked. */
export function bookingDone(orderId: string): void {
  if (invocationIsRunning()) log.push({ orderId, step: 'done' });
}
