import { Map, Set } from '../../base/intrinsics.ts';
import { compareIds } from '../../streams/record-id.ts';
import type { Entry } from '../entry.ts';
import { noAttempts } from '../history.ts';
import type { Memory } from '../ledger.ts';
import type { BatchClaim, Found } from './item.ts';

/** The records that an invocation may run, chosen so that its death narrows the suspects. */
export interface Turn {
  /** In batch order. All open records of the batch, unless some are suspects. */
  readonly runs: readonly string[];
  /** `runs` is a single suspect, which a death charges. */
  readonly alone: boolean;
  /** The suspicions that `recall` returns, by id. */
  readonly flags: ReadonlyMap<string, NonNullable<Memory['suspect']>>;
}

/**
 * Evaluates the dead claims on the batch, records the result in the entry, and returns the records that may run. Ignores claims
 * if the local ledger knows the victims (`exact`).
 */
export function judgeDeaths(
  entry: Entry,
  dead: readonly BatchClaim[],
  { batch, exact }: { readonly batch: readonly string[]; readonly exact: boolean },
): Turn {
  if (exact) for (const number of batch) clear(entry, number);
  return narrow(entry, exact ? [] : since(entry, dead), batch);
}

/** The deaths that claims on the batch have added to the stored entry, by id. */
export function deathsIn(entry: Entry, found: Found, batch: readonly string[]): Map<string, number> {
  const crashed = (memories: ReadonlyMap<string, Memory>, number: string): number =>
    memories.get(number)?.attempts.crashed ?? 0;
  const deaths = batch.map(
    (number) => [number, crashed(entry, number) - crashed(found.entry.memories, number)] as const,
  );
  return new Map(deaths.filter(([, count]) => count > 0));
}

/**
 * Narrows the suspects by these deaths, the earliest first, and returns the records of the batch that may run next. After each
 * death the records that it ran are suspects, and no others of its batch or the batches before it.
 */
export function narrow(entry: Entry, dead: readonly (readonly string[])[], batch: readonly string[]): Turn {
  const reach = new Set<string>();
  for (const died of dead) {
    const { runs, alone } = nextTurn(entry, died, reach);
    if (runs.length === 0) continue;
    for (const number of reach) clear(entry, number);
    for (const number of runs) entry.set(number, suspected(entry.get(number), alone));
  }
  return nextTurn(entry, batch, reach);
}

/** Removes the suspicion from a record, and its memory if it holds nothing else. */
export function clear(entry: Entry, number: string): void {
  const memory = entry.get(number);
  if (memory?.suspect === undefined) return;
  const { suspect: _, ...rest } = memory;
  if (memory.state === 'open' && memory.attempts.started === 0 && memory.firstFailedAt === undefined)
    entry.delete(number);
  else entry.set(number, rest);
}

/**
 * The batches of the deaths to narrow by. The run of an exact claim does not follow from the other claims: narrowing restarts
 * with it.
 */
function since(entry: Entry, dead: readonly BatchClaim[]): (readonly string[])[] {
  const first = dead.findLastIndex(({ isExact }) => isExact);
  for (const number of dead[first]?.batch ?? []) clear(entry, number);
  return dead.slice(Math.max(0, first)).map(({ batch }) => batch);
}

/** Suspects before the batch's first record will not come again. */
function nextTurn(entry: Entry, batch: readonly string[], reach: Set<string>): Turn {
  for (const number of reach) if (compareIds(number, batch[0]!) < 0) clear(entry, number);
  for (const number of batch) reach.add(number);
  return planTurn(entry, batch, reach);
}

/**
 * Chooses the records to run: the first half of the suspects, and the records before them; the invocation ends before the next
 * suspect. Treats a half made by Lambda's bisect as its own. A single suspect runs as first record, with none behind it: only
 * then does a death prove its guilt.
 *
 * Flags all records behind the end, because a flagged record that waits for its lane does not end the invocation.
 */
function planTurn(entry: Entry, batch: readonly string[], reach: ReadonlySet<string>): Turn {
  const open = batch.filter((number) => (entry.get(number)?.state ?? 'open') === 'open');
  const [first, ...further] = open.filter((number) => isSuspect(entry, number));
  if (first === undefined) return { runs: open, alone: false, flags: new Map() };
  const half = Math.ceil([...reach].filter((number) => isSuspect(entry, number)).length / 2);
  const single = half === 1 || further.length === 0;
  const alone = single && open[0] === first;
  const next = alone ? open[1] : single ? first : further[half - 1];
  const end = next === undefined ? open.length : open.indexOf(next);
  const flags = new Map<string, NonNullable<Memory['suspect']>>(open.slice(end).map((number) => [number, 'later']));
  if (!alone) return { runs: open.slice(0, end), alone, flags };
  flags.set(first, 'alone');
  // The engine does not run a record that has died alone unless it is the first of the batch, or in the first unit.
  const waits = compareIds(batch[0]!, first) !== 0 && (entry.get(first)?.attempts.crashed ?? 0) > 0;
  return { runs: waits ? [] : [first], alone: !waits, flags };
}

function isSuspect(entry: Entry, number: string): boolean {
  const memory = entry.get(number);
  return memory?.state === 'open' && memory.suspect !== undefined;
}

function suspected(known: Memory | undefined, charged: boolean): Memory {
  const { attempts = noAttempts, ...rest } = known ?? { state: 'open' };
  const { started, crashed } = attempts;
  return {
    ...rest,
    attempts: charged ? { ...attempts, started: started + 1, crashed: crashed + 1 } : attempts,
    suspect: 'alone',
  };
}
