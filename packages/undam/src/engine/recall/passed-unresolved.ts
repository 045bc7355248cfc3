import { Map, Set } from '../../base/intrinsics.ts';
import { sha256 } from '../../base/sha256.ts';
import { isReported, type Memories } from '../../ledgers/ledger.ts';
import type { PassedUnresolved } from '../../observe/events.ts';
import type { Batch } from '../../streams/read-batch.ts';
import { compareIds, contentIn, isMember, lastUnitOf, sequenceNumberIn } from '../../streams/record-id.ts';

/** A reported record that Lambda has moved past unresolved. */
export interface Passed {
  readonly id: string;
  readonly sequenceNumber: string;
  /** The number of responses that reported it. */
  readonly times: number;
  /** Index of the last record of its key in the batch, which Lambda delivered behind it. */
  readonly behind: number;
}

/** A digest of a record's key, for the ledger: enough to find other records of the key, and no personal data. */
export function keyDigest(partitionKey: string): string {
  return sha256(partitionKey).slice(0, 11);
}

/**
 * The reported records that cannot come again: while Lambda reads reports, it delivers no record behind a reported one of the
 * same key. Strong evidence, not proof: retries or the age limit may have run out, or the mapping may have been replaced.
 *
 * @param others the memories of records that are not in the batch
 */
export function passedRecords({ ids, sequenceNumbers, partitionKeys }: Batch, others: Memories): Passed[] {
  // Lambda has not passed a unit that still has a member in the batch.
  const units = new Set([...others.keys()].some(isMember) ? sequenceNumbers : []);
  const reported = [...others].filter(([id, memory]) => isReported(memory) && !units.has(sequenceNumberIn(id)));
  if (reported.length === 0) return [];
  const last = new Map<string, number>();
  for (const [index, key] of partitionKeys.entries()) if (key !== undefined) last.set(keyDigest(key), index);
  return reported.flatMap(([id, { reported: by }]) => {
    const behind = by && last.get(by.key);
    if (behind === undefined || compareIds(id, ids[behind]!) >= 0) return [];
    return [{ id, sequenceNumber: sequenceNumberIn(id), times: by!.times, behind }];
  });
}

const noIds: ReadonlySet<string> = new Set();

/**
 * Equal members of a unit change their ids when Lambda cuts the unit elsewhere, and run again. `outdated`: the memories under ids
 * of another cut; only they show that the unit was once whole. If the batch ends in that unit, an equal record may begin the next
 * batch, so the ledger must not remember the members `here` as done.
 */
export function cutOtherwise(
  { ids }: Batch,
  others: Memories,
): { readonly outdated: string[]; readonly here: string[] } {
  const contents = new Set([...others.keys()].some(isMember) ? ids.map(contentIn) : []);
  const outdated = [...others.keys()].filter((id) => contents.has(contentIn(id)));
  const ofThese = new Set(outdated.map(contentIn));
  const last = outdated.length > 0 ? lastUnitOf(ids) : noIds;
  return { outdated, here: [...last].filter((id) => ofThese.has(contentIn(id))) };
}

/** True if a reported record has come again. */
export function someReported(memories: Memories): boolean {
  for (const { reported } of memories.values()) if (reported !== undefined) return true;
  return false;
}

/** The engine assumes that Lambda ignores reports after this many passed records, if no reported record has come again. */
const minIgnored = 3;
/**
 * The same bound if a record may have come again unseen: to an environment that does not share the ledger, or by another
 * sub-shard, because the keys of a unit's records need not name the unit's sub-shard. Environments may be many, and none of this
 * is proof.
 */
const minUnseen = 50;

/** Tracks whether reported records come again, as far as one process can see. */
export class Redeliveries {
  /** True once a reported record has come again. */
  seen = false;
  #passed = 0;
  #isTold = false;

  /**
   * The likely reason why Lambda moved past one more record; `undefined` without enough evidence.
   *
   * @param seesAll no record can have come again unseen
   */
  meaningOf(times: number, seesAll: boolean): PassedUnresolved['likely'] | undefined {
    this.#passed++;
    if (seesAll) return times > 1 || this.seen ? 'given-up' : this.#passed < minIgnored ? 'unknown' : 'reports-ignored';
    if (this.seen || this.#isTold || this.#passed < minUnseen) return undefined;
    this.#isTold = true;
    return 'unknown';
  }
}
