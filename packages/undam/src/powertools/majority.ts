import type { InvocationEnded } from '../observe/events.ts';

/** The share of an invocation that ends in quarantine. */
export interface Majority {
  /** Records that this invocation quarantined, or tried to, for their own failure. */
  readonly failedForGood: number;
  /** Records that this invocation completed, quarantined or tried to quarantine. */
  readonly settled: number;
}

/**
 * Detects invocations in which more than half of the settled records failed for good: the mark of a bad deploy here or at a
 * producer, hardly ever of poison.
 *
 * @param floor the minimum number of failures
 */
export function failedMajority(ended: InvocationEnded, floor: number): Majority | undefined {
  const { outcomes, remembered, quarantined, sinkFailures } = ended;
  // Parked and held records failed because of others.
  const { parked: _, 'held-too-long': __, ...forTheirOwn } = quarantined;
  const failedForGood = Object.values(forTheirOwn).reduce((sum, count) => sum + count, sinkFailures);
  const settled = outcomes.done + outcomes.quarantined - remembered + sinkFailures;
  return failedForGood >= floor && failedForGood > settled / 2 ? { failedForGood, settled } : undefined;
}
