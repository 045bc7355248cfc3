import { Map, Set } from '../../base/intrinsics.ts';
import { isReported, isResolved, type Memories, type Memory } from '../../ledgers/ledger.ts';
import type { Batch } from '../../streams/read-batch.ts';
import { contentIn, isMember } from '../../streams/record-id.ts';

/** The memories that apply to a batch, and the ids to forget because their memories may belong to other records. */
export interface Known {
  readonly memories: Memories;
  readonly outdated: readonly string[];
}

/**
 * Selects the memories that belong to these very records. Lambda may cut a unit in two: a batch may begin with the rest of a
 * unit, whose members may equal members of another batch that has been passed since, possibly unseen by this ledger. So a member
 * of the first unit counts as resolved only with evidence that it is delivered again:
 *
 * - an answer has passed it, from a batch with other records behind the unit;
 * - the ledger also knows a record behind the unit, from an answer if the member's memory is from one: Lambda would not have
 *   delivered that record before the rest of the unit;
 * - a response has reported an unequal member, and so brings the whole unit again;
 * - the batch consists of known members only, all of them from an answer or none, and they are not all equal.
 *
 * @param others the memories of records that are not in the batch
 */
export function knownOf(batch: Batch, memories: Memories, others: Memories): Known {
  const { ids, sequenceNumbers } = batch;
  if (memories.size === 0 || !isMember(ids[0]!)) return { memories, outdated: [] };
  const end = sequenceNumbers.findIndex((number) => number !== sequenceNumbers[0]);
  const unit = end < 0 ? ids : ids.slice(0, end);
  const resolved = unit.filter((id) => isKnown(memories.get(id)) && isResolved(memories.get(id)!));
  // A redelivery holds no more records than the delivery before it. With records behind the unit, members that a death after an
  // answer made suspects are other records.
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

/** True if the batch consists of known members, and is not the rest of a unit of equal members. */
function isWhole({ ids }: Batch, unit: readonly string[], memories: Memories, others: Memories): boolean {
  if (unit.length < ids.length || !unit.every((id) => isKnown(memories.get(id)))) return false;
  if (new Set(unit.map((id) => memories.get(id)!.answered === undefined)).size > 1) return false;
  const contents = new Set(unit.map(contentIn));
  return contents.size > 1 && ![...others.keys()].some((id) => contents.has(contentIn(id)));
}

/** @param isNamed a response is known to have reported the unit */
function without(doubted: readonly string[], memories: Memories, isNamed: boolean): Known {
  const kept = new Map(memories);
  const outdated: string[] = [];
  for (const id of doubted) {
    const { state, attempts } = memories.get(id)!;
    if (state !== 'quarantined') {
      kept.delete(id);
      outdated.push(id);
    } else if (!isNamed) {
      // The quarantine holds an equal payload under the same id. If this record's attempts are spent, it is sent once more.
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

/** A record behind a suspect has a flag, although it was never delivered. */
function isKnown(memory: Memory | undefined): boolean {
  return memory !== undefined && (memory.state !== 'open' || memory.attempts.started > 0);
}

function isNamed(memory: Memory | undefined): boolean {
  return memory !== undefined && isReported(memory);
}
