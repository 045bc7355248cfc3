import { Map, Set } from '../base/intrinsics.ts';
import { sha256 } from '../base/sha256.ts';

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

/** The identity of a record within its unit, independent of its position and of where Lambda cuts the unit. */
export interface Member {
  /** SHA-256, in base64url, of partition key and data; equal records after the first get an occurrence number. */
  readonly member: string;
  /** The ledger's id of the record. */
  readonly id: string;
}

/**
 * The members of the records with one sequence number. A member without an equal keeps its id in any part of the unit. Equal
 * members cannot be told apart once the unit is cut, so their ids name the whole unit, too.
 *
 * @param contents the identifying contents of each record, in batch order
 */
export function membersOf(sequenceNumber: string, contents: readonly string[]): Member[] {
  const digests = contents.map(sha256);
  const counts = new Map<string, number>();
  for (const digest of digests) counts.set(digest, (counts.get(digest) ?? 0) + 1);
  const unit = counts.size < digests.length ? shortened(sha256(digests.toSorted().join())) : '';
  const seen = new Map<string, number>();
  return digests.map((digest) => {
    const place = seen.get(digest) ?? 0;
    seen.set(digest, place + 1);
    const member = place === 0 ? digest : `${digest}.${place}`;
    const id = `${sequenceNumber}/${shortened(digest)}`;
    if (counts.get(digest) === 1) return { member, id };
    return { member, id: `${id}${place === 0 ? '' : `.${place}`}@${unit}` };
  });
}

/** 66 bits are enough to tell the members of a unit apart; ledgers store one digest per record. */
function shortened(digest: string): string {
  return digest.slice(0, 11);
}

/** True for the id of a record that shares its sequence number, or may. */
export function isMember(id: string): boolean {
  return id.includes('/');
}

/** The sequence number in a record's id. */
export function sequenceNumberIn(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}

/** The part of an id that equal members share across all parts of their unit. */
export function contentIn(id: string): string {
  return id.replace(/[.@].*$/, '');
}

/** Compares two ids by sequence number, numerically for whole numbers: the order in which Kinesis delivers. */
export function compareIds(a: string, b: string): number {
  const [one, other] = [sequenceNumberIn(a), sequenceNumberIn(b)];
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** The ids of the last unit of a batch, which the next batch may continue. A record with its own number is no unit. */
export function lastUnitOf(ids: readonly string[]): Set<string> {
  const last = ids.reduce((a, b) => (compareIds(a, b) < 0 ? b : a), '');
  return new Set(ids.filter((id) => isMember(id) && sequenceNumberIn(id) === sequenceNumberIn(last)));
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
