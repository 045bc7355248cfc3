/** Seeds that lie side by side. */
export interface SeedRange {
  readonly from: number;
  readonly seeds: number;
}

/**
 * Seeds in one process. Whatever a crashed environment held stays in the memory of the modules that all simulated
 * environments share, so a process is not kept for long.
 */
const seedsInBlock = 250;

/** The finished blocks that lie in a range, none of whose seeds counts twice, and the blocks that are missing. */
export function resumption<Block extends SeedRange>(
  { from, seeds }: SeedRange,
  finished: readonly Block[],
): { readonly kept: readonly Block[]; readonly missing: readonly SeedRange[] } {
  const kept: Block[] = [];
  const missing: SeedRange[] = [];
  let next = from;
  const skipTo = (seed: number): void => {
    for (; next < seed; next += seedsInBlock) missing.push({ from: next, seeds: Math.min(seedsInBlock, seed - next) });
    next = seed;
  };
  for (const block of finished.toSorted((a, b) => a.from - b.from || b.seeds - a.seeds)) {
    if (block.from < next || block.from + block.seeds > from + seeds) continue;
    skipTo(block.from);
    kept.push(block);
    next = block.from + block.seeds;
  }
  skipTo(from + seeds);
  return { kept, missing };
}
