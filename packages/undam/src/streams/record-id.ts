import { Map, Set } from '../base/intrinsics.ts';
import { sha256 } from '../base/sha256.ts';

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
