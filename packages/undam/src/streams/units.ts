import { Map } from '../base/intrinsics.ts';

/**
 * The indexes of records that share a sequence number, in batch order, by that number. Lambda takes KPL aggregates apart for
 * consumers of enhanced fan-out, and the user records keep the aggregate's number. Records with their own number are absent;
 * `undefined` if no number is shared.
 */
export type Units = ReadonlyMap<string, readonly number[]>;

/** Sequence numbers of a shard rise, so only batches made by hand or taken apart cost more than one pass. */
export function unitsOf(sequenceNumbers: readonly string[]): Units | undefined {
  if (isRising(sequenceNumbers)) return undefined;
  const indexes = placesOf(sequenceNumbers);
  if (indexes.size === sequenceNumbers.length) return undefined;
  return new Map([...indexes].filter(([, members]) => members.length > 1));
}

/** The indexes of the records with each sequence number. */
export function placesOf(sequenceNumbers: readonly string[]): Map<string, number[]> {
  return Map.groupBy(sequenceNumbers.keys(), (index) => sequenceNumbers[index]!);
}

function isRising(sequenceNumbers: readonly string[]): boolean {
  for (let index = 1; index < sequenceNumbers.length; index++) {
    const before = sequenceNumbers[index - 1]!;
    const after = sequenceNumbers[index]!;
    if (after.length < before.length || (after.length === before.length && after <= before)) return false;
  }
  return true;
}

/**
 * Merges lanes so that the records of a unit run one after another: keys that share a unit share a lane.
 *
 * @param lanes the lane of each record, regardless of units
 */
export function joinLanes(lanes: readonly (string | undefined)[], units: Units): (string | undefined)[] {
  const joined = new Map<string, string>();
  const rootOf = (lane: string): string => {
    let root = lane;
    for (let next = joined.get(root); next !== undefined; next = joined.get(root)) root = next;
    // Path compression: without it, a batch of one key and many units takes seconds.
    for (let at = lane; at !== root; ) {
      const next = joined.get(at)!;
      joined.set(at, root);
      at = next;
    }
    return root;
  };
  const own = lanes.map((lane) => (lane === undefined ? undefined : `key ${lane}`));
  for (const [sequenceNumber, members] of units) {
    for (const index of members) {
      const lane = own[index];
      own[index] = `unit ${sequenceNumber}`;
      const [before, unit] = [lane && rootOf(lane), rootOf(own[index])];
      if (before !== undefined && before !== unit) joined.set(before, unit);
    }
  }
  return own.map((lane) => lane && rootOf(lane));
}
