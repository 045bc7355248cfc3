import { JSON, Map, Set } from '../base/intrinsics.ts';
import type { AttemptCounts } from '../envelope/envelope.ts';
import { isMember, sequenceNumberIn } from '../streams/record-id.ts';
import { countsBy } from './history.ts';
import { isReported, isResolved, type LedgerKey, type Memory } from './ledger.ts';

/** The memories that a ledger keeps under one key, by id. */
export type Entry = Map<string, Memory>;

/** The changes of one invocation, by id; `undefined` forgets the record. */
export type Changes = ReadonlyMap<string, Memory | undefined>;

/** A distinct name for each key. */
export function nameOf({ functionArn, eventSourceArn, shardId }: LedgerKey): string {
  return JSON.stringify([functionArn, eventSourceArn, shardId]);
}

/**
 * Milliseconds for which resolved records outlast the last unresolved one of their entry. Bisect delivers the parts of a batch
 * one right after the other, and an invocation takes at most 15 minutes
 * (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). Keeping the records longer would block a deliberate
 * replay.
 */
export const settledMs: number = 15 * 60_000;

/**
 * Milliseconds for which a ledger remembers the records passed by an answer of a dead process. Lambda delivers them again at once
 * if the answer was lost, else never.
 */
export const answeredMs: number = settledMs;

/** True if an entry holds no unresolved record. */
export function isSettled(entry: Entry): boolean {
  for (const memory of entry.values()) if (!isResolved(memory)) return false;
  return true;
}

/** The answer of `recall` for an entry. */
export function recalledOf(entry: Entry, asked: readonly string[]): Entry {
  const recalled: Entry = new Map();
  for (const id of asked) {
    const memory = entry.get(id);
    if (memory !== undefined) recalled.set(id, memory);
  }
  addOthers(recalled, entry, asked);
  return recalled;
}

/** Adds the unrequested part of the answer: records that a response has reported, and other members of the requested units. */
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

/** Merges the changes of one invocation. Resolved records stay until forgotten by name or until their entry expires. */
export function apply(entry: Entry, changes: Changes): void {
  for (const [sequenceNumber, memory] of changes) {
    const known = entry.get(sequenceNumber);
    if (memory === undefined) entry.delete(sequenceNumber);
    else entry.set(sequenceNumber, known === undefined ? memory : merge(known, memory));
  }
}

const rank: Readonly<Record<Memory['state'], number>> = { open: 0, pending: 1, quarantined: 2, done: 3 };

/** Merges two writers' memories: the state that is further along, the maximum of each count, the suspicion of the later start. */
export function merge(known: Memory, learned: Memory): Memory {
  const [low, high] = rank[known.state] > rank[learned.state] ? [learned, known] : [known, learned];
  const firstFailedAt = Math.min(known.firstFailedAt ?? Infinity, learned.firstFailedAt ?? Infinity);
  const suspect = isResolved(high) ? undefined : suspicion(known, learned);
  const answered = answeredIn(low, high);
  const reported = isResolved(high) ? undefined : moreReported(known, learned);
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

/** A record that either writer resolved on its own is not news of a lost answer. */
function answeredIn(low: Memory, high: Memory): Memory['answered'] {
  if (high.answered === undefined || !isResolved(low)) return high.answered;
  return low.answered === 'lost' ? low.answered : low.answered && high.answered;
}

function moreReported({ reported: a }: Memory, { reported: b }: Memory): Memory['reported'] {
  return (a?.times ?? 0) > (b?.times ?? 0) ? a : b;
}

/** The writer that has seen more starts of a record decides whether it is a suspect. */
function suspicion(known: Memory, learned: Memory): Memory['suspect'] {
  const ahead = known.attempts.started - learned.attempts.started;
  return ahead > 0 ? known.suspect : ahead < 0 ? learned.suspect : (learned.suspect ?? known.suspect);
}

function maximum(a: AttemptCounts, b: AttemptCounts): AttemptCounts {
  return countsBy((name) => Math.max(a[name], b[name]));
}
