import type { Batch } from './batch.ts';
import { Map, Set } from './intrinsics.ts';
import { isResolved, type Memories, type Memory } from './ledger.ts';
import { contentIn, isMember, sequenceNumberIn } from './units.ts';

/** What is known of a batch, and what is to be forgotten because it may be said of other records. */
export interface Known {
  readonly memories: Memories;
  readonly outdated: readonly string[];
}

/**
 * What the ledger knows of these very records. Lambda may cut a unit in two: what comes first in a batch may be the rest of one,
 * and equal to what another batch had of it and has passed since, which this ledger may not have seen. So a member of the first
 * unit counts as resolved only where something shows that it is delivered again:
 *
 * - a record behind the unit is known: it would not have been delivered before the rest of the unit;
 * - an unequal member is known as unresolved: the response that named it brings all of the unit again;
 * - the batch is nothing but the members that are known, and they are not all equal.
 *
 * @param others what the ledger knows of records that are not in the batch
 */
export function knownOf(batch: Batch, memories: Memories, others: Memories): Known {
  const { ids, sequenceNumbers } = batch;
  if (memories.size === 0 || !isMember(ids[0]!)) return { memories, outdated: [] };
  const end = sequenceNumbers.findIndex((number) => number !== sequenceNumbers[0]);
  const unit = end < 0 ? ids : ids.slice(0, end);
  if (ids.slice(unit.length).some((id) => hasRun(memories.get(id)))) return { memories, outdated: [] };
  const contents = new Set(unit.map(contentIn));
  const isWhole = unit.length === ids.length && unit.every((id) => hasRun(memories.get(id)));
  const isRest = [...others.keys()].some((id) => sequenceNumberIn(id) === sequenceNumbers[0]);
  if (isWhole && contents.size > 1 && !isRest) return { memories, outdated: [] };
  return withoutAmbiguous(unit, memories);
}

function withoutAmbiguous(unit: readonly string[], memories: Memories): Known {
  const unresolved = new Set(unit.filter((id) => isUnresolved(memories.get(id))).map(contentIn));
  const kept = new Map(memories);
  const outdated: string[] = [];
  for (const id of unit) {
    const memory = memories.get(id);
    if (memory === undefined || !isResolved(memory) || hasAnother(unresolved, contentIn(id))) continue;
    if (memory.state === 'done') {
      kept.delete(id);
      outdated.push(id);
    } else if (unresolved.size === 0) {
      // An equal payload is in the quarantine under the same id. Where its attempts are spent, it is sent once more.
      kept.set(id, { state: 'open', attempts: memory.attempts });
    }
  }
  return { memories: kept, outdated };
}

function hasAnother(contents: ReadonlySet<string>, content: string): boolean {
  return contents.size > (contents.has(content) ? 1 : 0);
}

/** A record that waits behind a suspect is flagged without ever having been delivered. */
function hasRun(memory: Memory | undefined): boolean {
  return memory !== undefined && (memory.state !== 'open' || memory.attempts.started > 0);
}

function isUnresolved(memory: Memory | undefined): boolean {
  return hasRun(memory) && !isResolved(memory!);
}
