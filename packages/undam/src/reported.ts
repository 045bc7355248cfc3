import type { Batch } from './batch.ts';
import { sha256 } from './digest.ts';
import { Map, Set } from './intrinsics.ts';
import type { Memories, Memory } from './ledger.ts';
import { compareIds, contentIn, sequenceNumberIn } from './units.ts';

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
export function passedBy({ ids, partitionKeys }: Batch, others: Memories): Passed[] {
  const reported = [...others].filter(([, memory]) => isReported(memory));
  if (reported.length === 0) return [];
  const last = new Map<string, number>();
  for (const [index, key] of partitionKeys.entries()) if (key !== undefined) last.set(keyDigest(key), index);
  return reported.flatMap(([id, { reported: by }]) => {
    const behind = by && last.get(by.key);
    if (behind === undefined || compareIds(id, ids[behind]!) >= 0) return [];
    return [{ id, sequenceNumber: sequenceNumberIn(id), times: by!.times, behind }];
  });
}

/** What is known of equal members of a unit that is cut otherwise now: they have other ids, and run again. */
export function outdatedBy({ ids }: Batch, others: Memories): string[] {
  const contents = new Set([...others.keys()].some((id) => id.includes('/')) ? ids.map(contentIn) : []);
  return [...others.keys()].filter((id) => contents.has(contentIn(id)));
}

/** Whether a record that was reported has come again. */
export function someReported(memories: Memories): boolean {
  for (const { reported } of memories.values()) if (reported !== undefined) return true;
  return false;
}

/** Whether a response has reported the record, and it is unresolved. */
export function isReported({ state, reported }: Memory): boolean {
  return reported !== undefined && (state === 'open' || state === 'pending');
}

/** Without a ledger that all environments share, a record may have come again to another: how many say something. */
const leastPassed = 10;

/** Whether reported records come again, as far as one process has seen. */
export class Redeliveries {
  /** One has. */
  seen = false;
  #passed = 0;

  /** Whether one more that Lambda has moved past is evidence of anything. */
  tellsOf(isShared: boolean): boolean {
    this.#passed++;
    return isShared || (!this.seen && this.#passed >= leastPassed);
  }
}
