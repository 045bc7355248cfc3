import { Map, Set } from '../intrinsics.ts';
import { deathsIn, judgeDeaths } from './dynamodb-claims.ts';
import { encodeWithin } from './dynamodb-entry.ts';
import { type BatchClaim, type Found, setAsideBy } from './dynamodb-item.ts';
import { asLearned } from './dynamodb-suspects.ts';
import { isClaiming, type Visit } from './dynamodb-visit.ts';
import type { Plan } from './dynamodb-writes.ts';
import { apply, type Changes, type Entry } from './entry.ts';

/** What an invocation leaves as it ends. */
export interface Ending {
  readonly changes: Changes;
  readonly visit: Readonly<Pick<Visit, 'batch' | 'claims' | 'exact' | 'charged'>>;
  /** The suspects that `recall` answered were those of claims. */
  readonly saysSuspects: boolean;
  /** Claims on the batch that are taken for dead. */
  readonly dead: readonly BatchClaim[];
  /** Names of claims that mean nothing any more. */
  readonly ended: readonly string[];
  /** Now, in hours since 1970. */
  readonly hour: number;
  /** Epoch seconds. */
  readonly ttl: number;
  readonly revision: string;
  readonly mostItemBytes: number;
}

/** What becomes of the item by what this invocation knows of it. */
export function planOf(found: Found, ending: Ending): Plan {
  const { changes, visit, dead, ended, ttl, revision, mostItemBytes } = ending;
  const memories = entryAfter(found, ending);
  const names = dead.map(({ name }) => name);
  const gone = new Set([...names, ...setAsideBy(found, names), ...visit.claims.map(({ name }) => name), ...ended]);
  const shared = { gone, dead: names, ttl, revision };
  if (memories.size === 0) return { ...shared, entry: 'none' };
  if (changes.size === 0 && dead.length === 0) return { ...shared, entry: 'kept' };
  const room = mostItemBytes - bytesOfStaying(found, gone);
  return { ...shared, entry: encodeWithin({ memories, hours: hoursOf(memories, found, ending) }, room) };
}

function entryAfter(found: Found, { changes, visit, saysSuspects, dead }: Ending): Entry {
  const { batch, charged: told } = visit;
  const memories: Entry = new Map(found.entry.memories);
  const claiming = isClaiming(visit);
  if (claiming) judgeDeaths(memories, dead, visit);
  const holds = claiming ? deathsIn(memories, found, batch) : told;
  apply(memories, saysSuspects ? asLearned(changes, told, holds) : changes);
  return memories;
}

function hoursOf(memories: Entry, found: Found, { changes, hour }: Ending): Map<string, number> {
  return new Map(
    [...memories.keys()].map((number) => [
      number,
      changes.has(number) ? hour : (found.entry.hours.get(number) ?? hour),
    ]),
  );
}

function bytesOfStaying({ claims, batches }: Found, gone: ReadonlySet<string>): number {
  const digests = new Set(claims.filter(({ name }) => !gone.has(name)).map(({ digest }) => digest));
  return [...digests].reduce((sum, digest) => sum + (batches.get(digest)?.length ?? 0) + 100, 0);
}
