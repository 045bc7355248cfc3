import { Map, Set } from '../../base/intrinsics.ts';
import { isReported, isResolved, type Memories, type Memory } from '../../ledgers/ledger.ts';
import type { Batch } from '../../streams/batch.ts';
import { contentIn, isMember } from '../../streams/units.ts';

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
 * - an answer had passed it whose batch had other records behind the unit;
 * - a record behind the unit is known, too, and from an answer where the member is: it would not have been delivered before the
 *   rest of the unit;
 * - an unequal member was reported: the response that named it brings all of the unit again;
 * - the batch is nothing but the members that are known, all of them from an answer or none, and they are not all equal.
 *
 * @param others what the ledger knows of records that are not in the batch
 */
export function knownOf(batch: Batch, memories: Memories, others: Memories): Known {
  const { ids, sequenceNumbers } = batch;
  if (memories.size === 0 || !isMember(ids[0]!)) return { memories, outdated: [] };
  const end = sequenceNumbers.findIndex((number) => number !== sequenceNumbers[0]);
  const unit = end < 0 ? ids : ids.slice(0, end);
  const resolved = unit.filter((id) => isKnown(memories.get(id)) && isResolved(memories.get(id)!));
  // A delivery that is made again has no more than it had: those that a death behind an answer made suspects are others.
  const blamed = unit.length < ids.length ? unit.filter((id) => isBlamed(memories.get(id))) : [];
  if (resolved.length + blamed.length === 0 || isWhole(batch, unit, memories, others))
    return { memories, outdated: [] };
  const behind = ids.slice(unit.length).flatMap((id) => memories.get(id) ?? []);
  const isAgain = behind.some(isKnown);
  const isAnsweredAgain = behind.some(({ answered }) => answered !== undefined);
  const named = new Set(unit.filter((id) => isNamed(memories.get(id))).map(contentIn));
  const cutOtherwise = new Set([...others.keys()].map(contentIn));
  const doubted = resolved.filter((id) => {
    const content = contentIn(id);
    if (hasAnother(named, content)) return false;
    const memory = memories.get(id)!;
    if (memory.answered !== undefined && !memory.mayGoOn) return false;
    return cutOtherwise.has(content) || !(memory.mayGoOn ? isAnsweredAgain : isAgain);
  });
  return without([...doubted, ...blamed], memories, named.size > 0);
}

/** Whether the batch is what is known, and no rest of a unit of equal members. */
function isWhole({ ids }: Batch, unit: readonly string[], memories: Memories, others: Memories): boolean {
  if (unit.length < ids.length || !unit.every((id) => isKnown(memories.get(id)))) return false;
  if (new Set(unit.map((id) => memories.get(id)!.answered === undefined)).size > 1) return false;
  const contents = new Set(unit.map(contentIn));
  return contents.size > 1 && ![...others.keys()].some((id) => contents.has(contentIn(id)));
}

/** @param isNamed the unit is known to have been reported */
function without(doubted: readonly string[], memories: Memories, isNamed: boolean): Known {
  const kept = new Map(memories);
  const outdated: string[] = [];
  for (const id of doubted) {
    const { state, attempts } = memories.get(id)!;
    if (state !== 'quarantined') {
      kept.delete(id);
      outdated.push(id);
    } else if (!isNamed) {
      // An equal payload is in the quarantine under the same id. Where its attempts are spent, it is sent once more.
      kept.set(id, { state: 'open', attempts });
    }
  }
  return { memories: kept, outdated };
}

function hasAnother(contents: ReadonlySet<string>, content: string): boolean {
  return contents.size > (contents.has(content) ? 1 : 0);
}

function isBlamed(memory: Memory | undefined): boolean {
  return memory?.answered !== undefined && !isResolved(memory);
}

/** A record that waits behind a suspect is flagged without ever having been delivered. */
function isKnown(memory: Memory | undefined): boolean {
  return memory !== undefined && (memory.state !== 'open' || memory.attempts.started > 0);
}

function isNamed(memory: Memory | undefined): boolean {
  return memory !== undefined && isReported(memory);
}
