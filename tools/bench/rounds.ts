/** A contender's sample: runs its whole load once and answers the milliseconds. */
export type Sample = () => Promise<number>;

/** Milliseconds of each round, by contender. */
export type Rounds = Readonly<Record<string, readonly number[]>>;

/** Samples side by side, round by round (A B C, A B C, …). */
export async function interleave(
  samples: Readonly<Record<string, Sample>>,
  rounds: number,
  warmUpRounds: number,
): Promise<Rounds> {
  const times = Object.fromEntries(Object.keys(samples).map((name): [string, number[]] => [name, []]));
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [name, sample] of Object.entries(samples)) {
      const ms = await sample();
      if (round >= 0) times[name]?.push(ms);
    }
  }
  return times;
}

/**
 * One contender's time over another's: the median of the rounds' own ratios. A machine that is half as fast for a while affects
 * both times of a round equally, or spoils that round only; a ratio of totals or medians would depend on it.
 */
export function ratioOf(times: readonly number[], reference: readonly number[]): number {
  return median(times.map((ms, round) => ms / (reference[round] ?? Number.NaN)));
}

/** The middle value; for an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}
