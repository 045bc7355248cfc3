import { Map, Set } from '../../base/intrinsics.ts';
import { contentIn, isMember, lastUnitOf } from '../../streams/record-id.ts';
import { merge } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory } from '../ledger.ts';
import type { LeftMarks, Mark } from './marks-format.ts';

/**
 * The memories to keep of an invocation whose process died: the records that it completed, the outcomes that it learned, and as
 * suspects the records that were running. Charges a suspect that ran alone, if nothing else of the process ran. For an invocation
 * that had answered: the records that the answer passed. Counts are absolute, so recovering twice changes nothing.
 */
export function recoveredFrom({ everyStart, answered, among, marks }: LeftMarks): Map<string, Memory> {
  const memories = learnedIn(marks);
  if (answered !== undefined) return passedRecords(memories, answered.behind, among);
  // Without a mark for every start, the running records are unknown.
  if (!everyStart) return memories;
  const running = runningAfter(marks);
  for (const [sequenceNumber, { memory, alone }] of running) {
    const isCharged = alone && !among && running.size === 1;
    learn(memories, sequenceNumber, isCharged ? charged(memory) : memory);
  }
  return memories;
}

function learnedIn(marks: readonly Mark[]): Map<string, Memory> {
  const memories = new Map<string, Memory>();
  for (const mark of marks) {
    if (mark[0] === 'learned') learn(memories, mark[1], mark[2]);
    if (mark[0] !== 'done') continue;
    for (const sequenceNumber of mark[1]) learn(memories, sequenceNumber, { state: 'done', attempts: noAttempts });
  }
  return memories;
}

function learn(memories: Map<string, Memory>, sequenceNumber: string, memory: Memory): void {
  const known = memories.get(sequenceNumber);
  memories.set(sequenceNumber, known === undefined ? memory : merge(known, memory));
}

const noIds: ReadonlySet<string> = new Set();

/** The records that the answer passed; `remember` has stored those behind the checkpoint. */
function passedRecords(
  memories: ReadonlyMap<string, Memory>,
  behind: ReadonlySet<string>,
  among: boolean,
): Map<string, Memory> {
  const passed = new Map([...memories].filter(([id, memory]) => isResolved(memory) && !behind.has(id)));
  const ids = [...passed.keys()];
  const mayGoOn = behind.size === 0 ? lastUnitOf(ids) : noIds;
  if (behind.size === 0 && !among && isOfEqualMembers(ids)) blame(passed);
  return new Map(
    [...passed].map(([id, memory]) => [id, { ...memory, answered: 'lost', ...(mayGoOn.has(id) && { mayGoOn: true }) }]),
  );
}

/** True for a batch of equal members of one unit: the next batch may hold equal ones from the rest of the unit. */
function isOfEqualMembers(ids: readonly string[]): boolean {
  return ids.length > 0 && ids.every((id) => isMember(id) && contentIn(id) === contentIn(ids[0]!));
}

/**
 * The records that come again may be equal ones, so they run again. To bound the repetitions, one of them becomes a suspect: an
 * earlier suspect, else the last record. An earlier suspect ran alone and is charged.
 */
function blame(passed: Map<string, Memory>): void {
  const done = [...passed].filter(([, { state }]) => state === 'done');
  const suspect = done.find(([, { attempts }]) => attempts.started > 0) ?? done.at(-1);
  for (const [id] of done) passed.delete(id);
  if (suspect === undefined) return;
  const [id, { attempts }] = suspect;
  const memory: Memory = {
    state: 'open',
    attempts: { ...attempts, started: Math.max(1, attempts.started) },
    suspect: 'alone',
  };
  passed.set(id, attempts.started > 0 ? charged(memory) : memory);
}

/** True if a record may have been running when the process died. */
export function mayHaveRun({ everyStart, answered, marks }: LeftMarks): boolean {
  return answered === undefined && (!everyStart || runningAfter(marks).size > 0);
}

interface Start {
  readonly memory: Memory;
  readonly alone: boolean;
}

function runningAfter(marks: readonly Mark[]): Map<string, Start> {
  const running = new Map<string, Start>();
  for (const mark of marks) {
    if (mark[0] === 'done') {
      for (const sequenceNumber of mark[1]) running.delete(sequenceNumber);
    } else if (mark[0] === 'started') {
      const [, sequenceNumber, attempts, alone] = mark;
      running.set(sequenceNumber, { memory: { state: 'open', attempts, suspect: 'alone' }, alone });
    } else if (mark[0] === 'learned') {
      const [, sequenceNumber, , stillRuns] = mark;
      const start = running.get(sequenceNumber);
      if (!stillRuns) running.delete(sequenceNumber);
      // Its time-out was charged already; each start is charged once.
      else if (start !== undefined) running.set(sequenceNumber, { ...start, alone: false });
    }
  }
  return running;
}

function charged(memory: Memory): Memory {
  const { attempts } = memory;
  return { ...memory, attempts: { ...attempts, crashed: attempts.crashed + 1 } };
}
