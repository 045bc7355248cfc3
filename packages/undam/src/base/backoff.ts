/** `redelivery` leaves a failed record to Lambda's next delivery; a `Backoff` retries it in the same invocation. */
export type Retry = Backoff | 'redelivery';

/** The delay before a retry in the same invocation. */
export interface Backoff {
  /** Upper bound of the delay before the second attempt, in milliseconds. @default 100 */
  readonly baseMs?: number;
  /** Upper bound of the delay before any attempt, in milliseconds. @default 2_000 */
  readonly capMs?: number;
}

/**
 * Full jitter: a random delay between zero and the exponential one, in milliseconds
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures failed attempts so far, from 1
 */
export function fullJitter({ baseMs = 100, capMs = 2_000 }: Backoff, failures: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** (failures - 1));
}
