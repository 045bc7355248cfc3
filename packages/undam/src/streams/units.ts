import { Map, Set } from '../base/intrinsics.ts';
import { sha256 } from '../base/sha256.ts';

/**
 * The indexes of the records that share a sequence number, in batch order, by that number: Lambda takes KPL aggregates apart for
 * a consumer of enhanced fan-out, and their user records keep the number of the aggregate. Records with a number of their own are not
 * in it; `undefined` where all have one.
 */
export type Units = ReadonlyMap<string, readonly number[]>;

/** A shard's sequence numbers rise, so only batches that were made by hand or taken apart are looked at closely. */
export function unitsOf(sequenceNumbers: readonly string[]): Units | undefined {
  if (isRising(sequenceNumbers)) return undefined;
  const indexes = placesOf(sequenceNumbers);
  if (indexes.size === sequenceNumbers.length) return undefined;
  return new Map([...indexes].filter(([, members]) => members.length > 1));
}

/** The indexes of each sequence number. */
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

/** What tells a record from the others of its unit, however Lambda cuts it: never its place. */
export interface Member {
  /** SHA-256, in base64url, of partition key and data; with its number among equal ones, from the second on. */
  readonly member: string;
  /** What a ledger knows it by. */
  readonly id: string;
}

/**
 * The members that records of one sequence number are. One that is like no other keeps its id in whichever part of the
 * unit it is delivered. Equal ones cannot be told apart once the unit is cut: their ids are those of this very unit.
 *
 * @param contents what tells the records apart, in batch order
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

/** 66 bits tell the members of a unit apart, and a ledger has one of these for each record of a batch. */
function shortened(digest: string): string {
  return digest.slice(0, 11);
}

/** Whether a ledger knows a record by what it is, because it shares its sequence number, or may. */
export function isMember(id: string): boolean {
  return id.includes('/');
}

/** The sequence number of the record that a ledger knows by this. */
export function sequenceNumberIn(id: string): string {
  const slash = id.indexOf('/');
  return slash < 0 ? id : id.slice(0, slash);
}

/** The same for members of a unit that are equal, in whichever part of it. */
export function contentIn(id: string): string {
  return id.replace(/[.@].*$/, '');
}

/** The order of records, by their ids: that of sequence numbers, by value where both are whole numbers. Kinesis delivers in it. */
export function compareIds(a: string, b: string): number {
  const [one, other] = [sequenceNumberIn(a), sequenceNumberIn(b)];
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

/** Of records that a batch ends with, those of the last unit: the next batch may go on with it. A record with a number of its own is none. */
export function lastUnitOf(ids: readonly string[]): Set<string> {
  const last = ids.reduce((a, b) => (compareIds(a, b) < 0 ? b : a), '');
  return new Set(ids.filter((id) => isMember(id) && sequenceNumberIn(id) === sequenceNumberIn(last)));
}

/**
 * Lanes in which the records of a unit follow one another, whichever keys they have: those of keys that meet in a unit are one.
 *
 * @param lanes of each record, without regard to units
 */
export function joinLanes(lanes: readonly (string | undefined)[], units: Units): (string | undefined)[] {
  const joined = new Map<string, string>();
  const rootOf = (lane: string): string => {
    let root = lane;
    for (let next = joined.get(root); next !== undefined; next = joined.get(root)) root = next;
    // Each walk shortens the next one: a batch of one key and many units would take seconds.
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
