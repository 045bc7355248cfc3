import { Map } from '../../base/intrinsics.ts';
/** Which of the records with the same key comes after which. */
export interface Chain {
  /** For each key, whether no equal one stands before it. */
  readonly isFirst: boolean[];
  /** For each key the position of the next equal one; -1 where there is none. */
  readonly next: number[];
}

/** Looks into the table for each key, on average, beyond which the keys may have been made to collide. */
const looksMost = 8;

/** Keys differ, as a rule, in some of their first or last characters. */
const hashed = { first: 8, last: 12 };

/**
 * Chains equal keys; no key equals nothing. A table of positions over the keys as they stand: a `Map`, which has to grow
 * and looks for each key twice, takes about twice the time, and is there for keys that differ too little.
 */
export function chain(keys: readonly (string | undefined)[]): Chain {
  const { isFirst, next } = unchained(keys.length);
  // At most half full, so that a look or two find a key.
  const mask = 2 ** Math.ceil(Math.log2(keys.length + 1)) * 2 - 1;
  /** From 1; 0 where there is none. */
  const lasts = new Array<number>(mask + 1).fill(0);
  let looksLeft = keys.length * looksMost;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined) continue;
    let place = hashOf(key) & mask;
    let last = lasts[place]!;
    while (last !== 0 && keys[last - 1] !== key) {
      if (looksLeft-- === 0) return chainByMap(keys);
      place = (place + 1) & mask;
      last = lasts[place]!;
    }
    if (last !== 0) {
      isFirst[index] = false;
      next[last - 1] = index;
    }
    lasts[place] = index + 1;
  }
  return { isFirst, next };
}

function chainByMap(keys: readonly (string | undefined)[]): Chain {
  const { isFirst, next } = unchained(keys.length);
  const lasts = new Map<string, number>();
  for (const [index, key] of keys.entries()) {
    if (key === undefined) continue;
    const last = lasts.get(key);
    if (last !== undefined) {
      isFirst[index] = false;
      next[last] = index;
    }
    lasts.set(key, index);
  }
  return { isFirst, next };
}

function unchained(count: number): Chain {
  return { isFirst: new Array<boolean>(count).fill(true), next: new Array<number>(count).fill(-1) };
}

/** FNV-1a over UTF-16 units, its high bits mixed into the low ones that are used. */
function hashOf(key: string): number {
  // Those of a hand-made event may be anything, and are chained where they are the same.
  if (typeof key !== 'string') return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    if (at === hashed.first) at = Math.max(at, key.length - hashed.last);
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
