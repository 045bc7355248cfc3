import { Map, Set } from '../../base/intrinsics.ts';
import { contentIn, isMember, lastUnitOf } from '../../streams/units.ts';
import { merge } from '../entry.ts';
import { noAttempts } from '../history.ts';
import { isResolved, type Memory } from '../ledger.ts';
import type { LeftMarks, Mark } from './marks-format.ts';

/**
 * What is to be remembered of an invocation whose process died: what it had done and learned, and as suspects the records
 * that were running. One is charged where it ran alone, and nothing else of the process ran. All counts are absolute: to
 * recover twice changes nothing. Of one that had answered, it is what the answer passes.
 */
export function recoveredFrom({ everyStart, answered, among, marks }: LeftMarks): Map<string, Memory> {
  const memories = learnedIn(marks);
  if (answered !== undefined) return passedBy(memories, answered.behind, among);
  // A coarse mark names nobody: what ran is not known.
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

/** `remember` was told of what stands behind the checkpoint. */
function passedBy(
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

/** Whether a batch was nothing but equal members of one unit: equal ones, of the rest of it, may come next. */
function isOfEqualMembers(ids: readonly string[]): boolean {
  return ids.length > 0 && ids.every((id) => isMember(id) && contentIn(id) === contentIn(ids[0]!));
}

/**
 * Nobody knows whether it is they that come: they run again. So that this has an end, one of them is a suspect, one that was before
 * or else the last, and charged where it had been one, and so ran alone.
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

/** Whether a record may have been running when the process died. */
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
      // It was charged with its time-out; one start is charged once.
      else if (start !== undefined) running.set(sequenceNumber, { ...start, alone: false });
    }
  }
  return running;
}

function charged(memory: Memory): Memory {
  const { attempts } = memory;
  return { ...memory, attempts: { ...attempts, crashed: attempts.crashed + 1 } };
}
