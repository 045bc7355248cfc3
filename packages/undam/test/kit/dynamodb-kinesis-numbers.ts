/**
 * Sequence numbers as Kinesis gives them to the records of one shard: a counter that rises by uneven steps and a clock of
 * seconds, between digits that stay, as in the two numbers of AWS's own example of a PutRecords answer.
 *
 * @param random from 0 up to 1 @param step the counter's largest step
 */
export function kinesisNumbers(count: number, random: () => number, step = 16): string[] {
  const numbers: string[] = [];
  let counter = 0x67648a17n;
  let second = 0x5c181eean;
  for (let at = 0; at < count; at++) {
    counter += 1n + BigInt(Math.floor(random() * step));
    if (random() < 1 / 500) second++;
    numbers.push(String(BigInt(`0x205bf4e5c26${hex(counter, 16)}00${hex(second, 9)}000000062`)));
  }
  return numbers;
}

function hex(value: bigint, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Chance that is the same in each run. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
