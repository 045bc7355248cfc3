import { JSON, Map, Set } from '../base/intrinsics.ts';
import type { AttemptCounts } from '../envelope/envelope.ts';
import { isMember, sequenceNumberIn } from '../streams/units.ts';
import { countsBy } from './history.ts';
import { isReported, isResolved, type LedgerKey, type Memory } from './ledger.ts';

/** What a ledger keeps under one key, by id. */
export type Entry = Map<string, Memory>;

/** What one invocation learned, by id; `undefined`: nothing is to be known any more. */
export type Changes = ReadonlyMap<string, Memory | undefined>;

/** The same name for the same key only. */
export function nameOf({ functionArn, eventSourceArn, shardId }: LedgerKey): string {
  return JSON.stringify([functionArn, eventSourceArn, shardId]);
}

/**
 * How long, in milliseconds, resolved records outlast the last unresolved one of their entry. Bisect delivers them in parts of
 * their own, one at once after the other, and an invocation between them takes 15 minutes at most; a record that never comes
 * again would otherwise keep a deliberate replay from running.
 */
export const settledMs: number = 15 * 60_000;

/**
 * How long, in milliseconds, it is remembered what an answer of a dead process had passed. If the answer was lost, Lambda
 * delivers that again at once; if it was not, never.
 */
export const answeredMs: number = settledMs;

/** Whether nothing in an entry is unresolved. */
export function isSettled(entry: Entry): boolean {
  for (const memory of entry.values()) if (!isResolved(memory)) return false;
  return true;
}

/** What `recall` answers of an entry. */
export function recalledOf(entry: Entry, asked: readonly string[]): Entry {
  const recalled: Entry = new Map();
  for (const id of asked) {
    const memory = entry.get(id);
    if (memory !== undefined) recalled.set(id, memory);
  }
  addOthers(recalled, entry, asked);
  return recalled;
}

/** Adds what `recall` answers unasked: records that a response has reported, and other members of the units that were asked for. */
export function addOthers(recalled: Entry, entry: ReadonlyMap<string, Memory>, asked: readonly string[]): void {
  let units: ReadonlySet<string> | undefined;
  const isOfUnit = (id: string): boolean => {
    if (!isMember(id)) return false;
    units ??= new Set(asked.map(sequenceNumberIn));
    return units.has(sequenceNumberIn(id));
  };
  for (const [id, memory] of entry)
    if (!recalled.has(id) && (isReported(memory) || isOfUnit(id))) recalled.set(id, memory);
}

/** Merges what one invocation learned. A resolved record stays until it is forgotten by name, or its entry is settled. */
export function apply(entry: Entry, changes: Changes): void {
  for (const [sequenceNumber, memory] of changes) {
    const known = entry.get(sequenceNumber);
    if (memory === undefined) entry.delete(sequenceNumber);
    else entry.set(sequenceNumber, known === undefined ? memory : merge(known, memory));
  }
}

const rank: Readonly<Record<Memory['state'], number>> = { open: 0, pending: 1, quarantined: 2, done: 3 };

/** What two writers know together: the state that is further, the maximum of each count, the word of the later start. */
export function merge(known: Memory, learned: Memory): Memory {
  const [low, high] = rank[known.state] > rank[learned.state] ? [learned, known] : [known, learned];
  const firstFailedAt = Math.min(known.firstFailedAt ?? Infinity, learned.firstFailedAt ?? Infinity);
  const suspect = isResolved(high) ? undefined : suspicion(known, learned);
  const answered = answeredIn(low, high);
  const reported = isResolved(high) ? undefined : reportedMost(known, learned);
  const { suspect: _, answered: __, mayGoOn: ___, reported: ____, ...further } = high;
  return {
    ...further,
    attempts: maximum(low.attempts, high.attempts),
    ...(firstFailedAt < Infinity && { firstFailedAt }),
    ...(suspect !== undefined && { suspect }),
    ...(reported !== undefined && { reported }),
    ...(answered !== undefined && { answered }),
    ...(answered !== undefined && high.mayGoOn && (low.mayGoOn || !isResolved(low)) && { mayGoOn: true }),
  };
}

/** What either knows as resolved without that is no news. */
function answeredIn(low: Memory, high: Memory): Memory['answered'] {
  if (high.answered === undefined || !isResolved(low)) return high.answered;
  return low.answered === 'lost' ? low.answered : low.answered && high.answered;
}

function reportedMost({ reported: a }: Memory, { reported: b }: Memory): Memory['reported'] {
  return (a?.times ?? 0) > (b?.times ?? 0) ? a : b;
}

/** Of two writers, the one that has seen more starts of a record knows whether it is a suspect. */
function suspicion(known: Memory, learned: Memory): Memory['suspect'] {
  const ahead = known.attempts.started - learned.attempts.started;
  return ahead > 0 ? known.suspect : ahead < 0 ? learned.suspect : (learned.suspect ?? known.suspect);
}

function maximum(a: AttemptCounts, b: AttemptCounts): AttemptCounts {
  return countsBy((name) => Math.max(a[name], b[name]));
}
