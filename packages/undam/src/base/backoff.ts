/** `redelivery`: a failed record is left to Lambda's next delivery; otherwise it is tried again in the same invocation. */
export type Retry = Backoff | 'redelivery';

/** How long to wait before a failed record is tried again in place. */
export interface Backoff {
  /** The longest wait before the second attempt, in milliseconds. @default 100 */
  readonly baseMs?: number;
  /** The longest wait before any attempt, in milliseconds. @default 2_000 */
  readonly capMs?: number;
}

/**
 * Full jitter: anything from nothing to the doubled wait
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures so far, from 1
 */
export function fullJitter({ baseMs = 100, capMs = 2_000 }: Backoff, failures: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** (failures - 1));
}
