import { Map } from '../../base/intrinsics.ts';

/** Links each record to the next one with an equal key. */
export interface Chain {
  /** For each key, true if no equal key precedes it. */
  readonly isFirst: boolean[];
  /** For each key, the index of the next equal key; -1 if there is none. */
  readonly next: number[];
}

/** The maximum average of probes per key: beyond it the keys may have been crafted to collide. */
const maxProbes = 8;

/** The characters that are hashed: keys usually differ in some of their first or last ones. */
const hashed = { first: 8, last: 12 };

/**
 * Chains equal keys; `undefined` equals nothing. An open-addressed table of indexes into the keys. A `Map` must grow, looks each
 * key up twice and takes about twice the time; it serves only keys that differ too little.
 */
export function chain(keys: readonly (string | undefined)[]): Chain {
  const { isFirst, next } = unchained(keys.length);
  // At most half full, so that a probe or two find a key.
  const mask = 2 ** Math.ceil(Math.log2(keys.length + 1)) * 2 - 1;
  /** The index of the last key in each place, plus one; 0 if the place is empty. */
  const lasts = new Array<number>(mask + 1).fill(0);
  let probesLeft = keys.length * maxProbes;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === undefined) continue;
    let place = hashOf(key) & mask;
    let last = lasts[place]!;
    while (last !== 0 && keys[last - 1] !== key) {
      if (probesLeft-- === 0) return chainByMap(keys);
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
  // In a hand-made event a key may be any value; identical ones are chained.
  if (typeof key !== 'string') return 0;
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) {
    if (at === hashed.first) at = Math.max(at, key.length - hashed.last);
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}
