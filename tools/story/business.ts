import { setTimeout as sleep } from 'node:timers/promises';

let calls = 0;

/** Number of calls of the business function. */
export function recordCalls(): number {
  return calls;
}

/** The function that every contender wraps: 2 ms a record, and one record that can never succeed. */
export async function book(base64: string): Promise<void> {
  calls += 1;
  await sleep(2);
  if (Buffer.from(base64, 'base64').toString() === 'poison') throw new Error('this order can never be booked');
}
