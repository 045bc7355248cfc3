import type { InvocationEnded } from '../observe/events.ts';

/** How much of an invocation ends in quarantine. */
export interface Majority {
  /** Records that this invocation quarantined for their own failure, or tried to. */
  readonly failedForGood: number;
  /** Records that this invocation had done, quarantined or tried to. */
  readonly settled: number;
}

/**
 * More than half of what an invocation settled failed for good: a bad deploy, or a producer's, looks like that, and poison
 * hardly ever does.
 *
 * @param floor fewer failures than this are no majority of anything
 */
export function failedMajority(ended: InvocationEnded, floor: number): Majority | undefined {
  const { outcomes, remembered, quarantined, sinkFailures } = ended;
  // Parked and held records failed for others.
  const { parked: _, 'held-too-long': __, ...forTheirOwn } = quarantined;
  const failedForGood = Object.values(forTheirOwn).reduce((sum, count) => sum + count, sinkFailures);
  const settled = outcomes.done + outcomes.quarantined - remembered + sinkFailures;
  return failedForGood >= floor && failedForGood > settled / 2 ? { failedForGood, settled } : undefined;
}
