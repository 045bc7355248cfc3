import { Map, Set } from '../../base/intrinsics.ts';
import { sha256 } from '../../base/sha256.ts';
import { isReported, type Memories } from '../../ledgers/ledger.ts';
import type { PassedUnresolved } from '../../observe/events.ts';
import type { Batch } from '../../streams/batch.ts';
import { compareIds, contentIn, isMember, lastUnitOf, sequenceNumberIn } from '../../streams/units.ts';

/** A record that a response had reported, and that Lambda has moved past although nothing had resolved it. */
export interface Passed {
  readonly id: string;
  readonly sequenceNumber: string;
  /** Responses that had reported it. */
  readonly times: number;
  /** Index of the last record of its key in the batch, which was delivered behind it. */
  readonly behind: number;
}

/** What a ledger keeps of a record's key: enough to find others of it, and nothing that names a person. */
export function keyDigest(partitionKey: string): string {
  return sha256(partitionKey).slice(0, 11);
}

/**
 * The reported records that cannot come again: of a key, Lambda delivers nothing behind one that was reported, as long as it
 * reads reports. Strong evidence, not proof: retries or the age limit may have run out, or the mapping may have been replaced.
 *
 * @param others records that are not in the batch
 */
export function passedBy({ ids, sequenceNumbers, partitionKeys }: Batch, others: Memories): Passed[] {
  // A unit of which anything is in the batch has not been passed.
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
 * Equal members of a unit change their ids when Lambda cuts the unit elsewhere, and run again. `outdated` are the memories under ids
 * of another cut; only they show that the unit was once whole. When the batch ends in that unit, an equal record may begin the
 * next one: the ledger must not remember the members `here` as done.
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

/** Whether a record that was reported has come again. */
export function someReported(memories: Memories): boolean {
  for (const { reported } of memories.values()) if (reported !== undefined) return true;
  return false;
}

/** How many that Lambda has moved past, with none seen again, say that it does not read reports. */
const minIgnored = 3;
/**
 * The same where a record may have come again unseen: to another environment that does not share the ledger, or by another way, because
 * a unit's records are of sub-shards that their own keys need not name. Environments may be many, and none of this is proof.
 */
const minUnseen = 50;

/** Whether reported records come again, as far as one process has seen. */
export class Redeliveries {
  /** One has. */
  seen = false;
  #passed = 0;
  #isTold = false;

  /**
   * What it says that Lambda has moved past one more; nothing, where that says nothing.
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
