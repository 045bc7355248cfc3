/** One contender's sample: runs its whole load once and answers the milliseconds that took. */
export type Sample = () => Promise<number>;

/**
 * Samples side by side, round by round (A B C, A B C, …), so that a noisy neighbour hits all of them alike. Answers the
 * total milliseconds of each.
 */
export async function interleave(
  samples: Readonly<Record<string, Sample>>,
  rounds: number,
  warmUpRounds: number,
): Promise<Record<string, number>> {
  const totals = Object.fromEntries(Object.keys(samples).map((name) => [name, 0]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [name, sample] of Object.entries(samples)) {
      const ms = await sample();
      if (round >= 0) totals[name] = (totals[name] ?? 0) + ms;
    }
  }
  return totals;
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}
