import type { Need } from '../broken-engines/broken-engine.ts';
import { isTwinSeed } from '../generate/units.ts';
import { streamKindOf } from '../scenario/stream-kinds.ts';

/** The first seeds that meet the need. @param count how many */
export function* seedsWith(need: Need | undefined, count: number): Generator<number> {
  for (let seed = 1, found = 0; found < count; seed++) {
    if (!has(seed, need)) continue;
    found++;
    yield seed;
  }
}

function has(seed: number, need: Need | undefined): boolean {
  if (need === undefined) return true;
  return streamKindOf(seed) === 'kinesis-fan-out' && (need === 'units' || isTwinSeed(seed));
}
