import { Map, Set } from '../../base/intrinsics.ts';
import { apply, type Changes, type Entry } from '../entry.ts';
import { isResolved } from '../ledger.ts';
import { type Answer, isPast, isWithin, maxRemovedAnswers, recallAnswers } from './answers.ts';
import { deathsIn, judgeDeaths } from './claims.ts';
import { encodeWithin } from './entry.ts';
import { type BatchClaim, type Found, setAsideBy } from './item.ts';
import { asLearned } from './suspects.ts';
import { isClaiming, type Visit } from './visit.ts';
import type { Plan } from './writes.ts';

/** The state of an invocation at its end. */
export interface VisitEnd {
  readonly changes: Changes;
  readonly visit: Readonly<
    Pick<Visit, 'batch' | 'claims' | 'exact' | 'charged' | 'lost' | 'answer' | 'answers' | 'earlierAnswers'>
  >;
  /** The trace of the invocation's answer, if there is one. */
  readonly answer: Answer | undefined;
  /** True if the suspects that `recall` returned came from claims. */
  readonly saysSuspects: boolean;
  /** The claims on the batch that count as deaths. */
  readonly dead: readonly BatchClaim[];
  /** The names of claims that have lost their meaning. */
  readonly ended: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** Hours since 1970. */
  readonly hour: number;
  /** Epoch seconds. */
  readonly ttl: number;
  /** Epoch seconds, for an item with answers only. */
  readonly answerTtl: number;
  readonly revision: string;
  readonly maxItemBytes: number;
}

/** The item that this invocation's knowledge leads to. */
export function planOf(found: Found, ending: VisitEnd): Plan {
  const { changes, visit, dead, ended, revision, maxItemBytes } = ending;
  const memories = entryAfter(found, ending);
  const names = dead.map(({ name }) => name);
  const gone = new Set([...names, ...setAsideBy(found, names), ...visit.claims.map(({ name }) => name), ...ended]);
  const room = maxItemBytes - bytesOfStaying(found, gone);
  const isKept = changes.size === 0 && dead.length === 0;
  const entry =
    memories.size === 0
      ? 'none'
      : isKept
        ? 'kept'
        : encodeWithin({ memories, hours: hoursOf(memories, found, ending) }, room);
  const entryBytes = entry === 'none' ? 0 : entry === 'kept' ? found.entryBytes : entry.length;
  const isBare = entry === 'none' && found.claims.every(({ name }) => gone.has(name));
  const ttl = isBare ? ending.answerTtl : ending.ttl;
  return { gone, dead: names, ttl, revision, entry, ...answersAfter(found, ending, room - entryBytes) };
}

/** Gives answers the remaining room, the latest first. The records of an answer without room run again if it is lost. */
function answersAfter(
  found: Found,
  { answer, visit, now }: VisitEnd,
  room: number,
): Pick<Plan, 'answer' | 'answered' | 'goneAnswers'> {
  const { lost, batch, claims } = visit;
  const goneAnswers = new Set([...visit.earlierAnswers, ...visit.answers]);
  let left = room - (answer?.bytes.length ?? 0);
  for (const other of found.answers.toReversed()) {
    const isPassedAgain = answer !== undefined && lost.has(other.name) && isWithin(other, batch);
    if (other.name === visit.answer) continue;
    if (goneAnswers.has(other.name) || isPast(other, now) || isPassedAgain) goneAnswers.add(other.name);
    else if (other.bytes.length <= left) left -= other.bytes.length;
    else goneAnswers.add(other.name);
  }
  const fits = answer !== undefined && answer.bytes.length <= room;
  const claimed = claims.find(({ name }) => found.claims.some((each) => each.name === name));
  return {
    answer: fits ? answer : undefined,
    answered: answer && claimed?.name,
    goneAnswers: [...goneAnswers].filter((name) => name !== visit.answer).slice(0, maxRemovedAnswers),
  };
}

function entryAfter(found: Found, { changes, visit, saysSuspects, dead }: VisitEnd): Entry {
  const { batch, charged: told, lost } = visit;
  const memories: Entry = new Map(found.entry.memories);
  const claiming = isClaiming(visit);
  const answers = found.answers.filter(({ name }) => lost.has(name));
  recallAnswers(memories, answers, batch);
  if (claiming) judgeDeaths(memories, dead, visit);
  const holds = claiming ? deathsIn(memories, found, batch) : told;
  // The answer passed an equal record; this one is unresolved.
  for (const [id, memory] of changes)
    if (memory !== undefined && !isResolved(memory) && memories.get(id)?.mayGoOn) restore(memories, found, id);
  apply(memories, saysSuspects ? asLearned(changes, told, holds) : changes);
  // Only the answer itself tells that it passed a record.
  for (const [number, { answered }] of memories) if (answered) restore(memories, found, number);
  return memories;
}

function restore(memories: Entry, found: Found, number: string): void {
  const known = found.entry.memories.get(number);
  if (known === undefined) memories.delete(number);
  else memories.set(number, known);
}

function hoursOf(memories: Entry, found: Found, { changes, hour }: VisitEnd): Map<string, number> {
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
