import { Map, Set } from '../../base/intrinsics.ts';
import { compareIds } from '../../streams/units.ts';
import type { Entry } from '../entry.ts';
import { noAttempts } from '../history.ts';
import type { Memory } from '../ledger.ts';
import type { BatchClaim, Found } from './item.ts';

/** What an invocation may run, so that its death says something. */
export interface Turn {
  /** In batch order. All of the batch that is open, where it has no suspects. */
  readonly runs: readonly string[];
  /** `runs` is one suspect: it is charged for a death. */
  readonly alone: boolean;
  /** What `recall` says of records, by id. */
  readonly flags: ReadonlyMap<string, NonNullable<Memory['suspect']>>;
}

/**
 * Writes into the entry what dead claims on the batch mean; answers what it may run. Where the local ledger knows what
 * died (`exact`), claims say nothing.
 */
export function judgeDeaths(
  entry: Entry,
  dead: readonly BatchClaim[],
  { batch, exact }: { readonly batch: readonly string[]; readonly exact: boolean },
): Turn {
  if (exact) for (const number of batch) clear(entry, number);
  return narrow(entry, exact ? [] : since(entry, dead), batch);
}

/** Deaths that the claims on a batch have added to what was found, by id. */
export function deathsIn(entry: Entry, found: Found, batch: readonly string[]): Map<string, number> {
  const crashed = (memories: ReadonlyMap<string, Memory>, number: string): number =>
    memories.get(number)?.attempts.crashed ?? 0;
  const deaths = batch.map(
    (number) => [number, crashed(entry, number) - crashed(found.entry.memories, number)] as const,
  );
  return new Map(deaths.filter(([, count]) => count > 0));
}

/**
 * What a batch may run after these invocations died, the earliest first; what that means is written into the entry: of
 * each, what it ran is suspect, and nothing else that it or those before it had is any more.
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

/** Takes suspicion away, and the memory where it was nothing else. */
export function clear(entry: Entry, number: string): void {
  const memory = entry.get(number);
  if (memory?.suspect === undefined) return;
  const { suspect: _, ...rest } = memory;
  if (memory.state === 'open' && memory.attempts.started === 0 && memory.firstFailedAt === undefined)
    entry.delete(number);
  else entry.set(number, rest);
}

/** The batches of deaths that can be narrowed. What one whose claim is exact has run does not follow from the others: it begins anew. */
function since(entry: Entry, dead: readonly BatchClaim[]): (readonly string[])[] {
  const first = dead.findLastIndex(({ isExact }) => isExact);
  for (const number of dead[first]?.batch ?? []) clear(entry, number);
  return dead.slice(Math.max(0, first)).map(({ batch }) => batch);
}

/** Suspects that stand before the batch do not come again. */
function nextTurn(entry: Entry, batch: readonly string[], reach: Set<string>): Turn {
  for (const number of reach) if (compareIds(number, batch[0]!) < 0) clear(entry, number);
  for (const number of batch) reach.add(number);
  return planTurn(entry, batch, reach);
}

/**
 * The first half of the suspects, and what stands before them, is to run; the invocation ends before the next. A half that
 * Lambda's bisect has made is taken for ours. A single suspect runs as first record, and nothing behind it: only so is it
 * known that nothing else has died.
 *
 * Everything behind the end is flagged: a flagged record that waits for its lane ends nothing.
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
  // The engine ends before one that has died alone unless it is the first record of the batch, or in the unit that is first.
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
