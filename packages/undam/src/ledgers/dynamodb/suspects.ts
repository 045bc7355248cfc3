import { Map } from '../../base/intrinsics.ts';
import { addOthers, type Changes, type Entry, merge } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory } from '../ledger.ts';
import type { Turn } from './claims.ts';

/** The answer of `recall` for a batch: the entry's memories, with the turn's suspicions if claims determine the suspects. */
export function recalledInTurn(entry: Entry, batch: readonly string[], turn: Turn | undefined): Map<string, Memory> {
  const recalled = new Map<string, Memory>();
  for (const number of batch) {
    const memory = entry.get(number);
    const suspect = turn === undefined ? memory?.suspect : turn.flags.get(number);
    if (memory !== undefined || suspect !== undefined) recalled.set(number, flagged(memory, suspect));
  }
  addOthers(recalled, entry, batch);
  return recalled;
}

/**
 * Merges the table's and the local ledger's memory. Local suspicions win: the marks have seen events that the table cannot know.
 */
export function mergeLocal(known: Memory | undefined, local: Memory): Memory {
  if (known === undefined || isLocalOnly(known, local)) return local;
  const merged = merge(known, local);
  return isResolved(merged) || local.suspect === undefined ? merged : { ...merged, suspect: local.suspect };
}

/** About a death after an answer the table knows only the answer. */
function isLocalOnly(known: Memory, { answered, state }: Memory): boolean {
  return known.mayGoOn === true && answered === 'lost' && state === 'open';
}

/** The changes for the local ledger if the suspects came from claims. */
export function withoutSuspects(changes: Changes): Changes {
  return new Map([...changes].map(([number, memory]) => [number, memory && flagged(memory, undefined)]));
}

/**
 * The changes without the part that `recall` had returned: suspicions follow from the starts, and deaths whose claim has been
 * closed since are taken back.
 */
export function asLearned(
  changes: Changes,
  told: ReadonlyMap<string, number>,
  holds: ReadonlyMap<string, number>,
): Changes {
  return new Map(
    [...changes].map(([number, memory]) => {
      if (memory === undefined) return [number, memory];
      const undone = (told.get(number) ?? 0) - (holds.get(number) ?? 0);
      const { started, crashed } = memory.attempts;
      const attempts = { ...memory.attempts, started: started - undone, crashed: crashed - undone };
      return [number, flagged({ ...memory, attempts }, undefined)];
    }),
  );
}

function flagged(memory: Memory | undefined, suspect: Memory['suspect']): Memory {
  const { suspect: _, ...rest } = memory ?? { state: 'open', attempts: noAttempts };
  return { ...rest, ...(suspect !== undefined && rest.state === 'open' && { suspect }) };
}
