import type { Ledger, LedgerKey, Marks, Memories, Memory } from 'undam';
import type { FaultPlan } from './fault-plan.ts';
import type { ProcessSight, RecordSight } from './sights.ts';
import type { Witness } from './witness.ts';

/**
 * The public ledger of one process, behind a wrapper that fails, hangs and answers what it knew before.
 *
 * @param hasNeighbour another function keeps in the same place that it has done all of these records
 */
export function faultyLedger(
  ledger: Ledger,
  faults: FaultPlan,
  process: ProcessSight,
  witness: Witness,
  recordOf: (sequenceNumber: string) => RecordSight,
  hasNeighbour: boolean,
  keys: LedgerSight['keys'],
): Ledger {
  /** What the ledger knew of a shard one delivery before, by shard. */
  const before = new Map<string | undefined, Memories>();

  const trouble = (): void => witness.ledgerTrouble(process);
  const seen = (memories: Memories): Memories => {
    const { invocation } = process;
    if (invocation) for (const [number, { state }] of memories) witness.recalled(invocation, recordOf(number), state);
    return memories;
  };

  return {
    recall(key, sequenceNumbers) {
      const fails = faults.at('ledger-read-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      const stale = (fails ?? hangs) ? undefined : faults.at('ledger-is-stale');
      if (fails ?? hangs ?? stale) trouble();
      if (fails) return failed(fails.ms);
      if (hangs) return new Promise(() => {});
      keys.set(key.shardId, key);
      if (hasNeighbour) ledger.remember({ ...key, functionArn: neighbourArn }, allDone(sequenceNumbers));
      const known = ledger.recall(key, sequenceNumbers) as Memories;
      const older = before.get(key.shardId) ?? new Map();
      before.set(key.shardId, known);
      return seen(stale ? only(older, sequenceNumbers) : known);
    },
    remember(key, changes) {
      const fails = faults.at('ledger-write-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      if (fails ?? hangs) trouble();
      // A write may fail after it was made.
      if (fails && fails.ms % 2 === 0) ledger.remember(key, changes);
      if (fails) return failed(fails.ms);
      if (hangs) return new Promise(() => {});
      return ledger.remember(key, changes);
    },
    ...(ledger.mark && { mark: (key) => faultyMarks(ledger.mark!(key), faults, () => witness.marksTrouble(process)) }),
  };
}

/** What a ledger still knows of all records under the keys it was asked for. */
export interface LedgerSight {
  readonly ledger: Ledger;
  readonly keys: Map<string | undefined, LedgerKey>;
}

/** Marks of which the disk takes only so many. */
function faultyMarks(marks: Marks, faults: FaultPlan, trouble: () => void): Marks {
  const fault = faults.at('marks-fail');
  if (!fault) return marks;
  let left = fault.ms * 3;
  const limited = <A extends readonly unknown[]>(write: (...marked: A) => void): ((...marked: A) => void) => {
    return (...marked) => {
      if (left-- > 0) return write(...marked);
      trouble();
      marks.close();
      throw new Error('no space is left on the disk');
    };
  };
  return {
    everyStart: marks.everyStart,
    started: limited(marks.started),
    done: limited(marks.done),
    learned: limited(marks.learned),
    close: () => marks.close(),
  };
}

const neighbourArn = 'arn:aws:lambda:eu-west-1:111122223333:function:neighbour';
const noAttempts = { started: 0, failed: 0, timedOut: 0, crashed: 0 };

function allDone(sequenceNumbers: readonly string[]): Map<string, Memory> {
  const done = sequenceNumbers.map((number): [string, Memory] => [number, { state: 'done', attempts: noAttempts }]);
  return new Map([...done, ['1', { state: 'open', attempts: noAttempts }]]);
}

function failed(ms: number): Promise<never> {
  const error = new Error('the ledger cannot be reached');
  if (ms > 1) throw error;
  return Promise.reject(error);
}

function only(memories: Memories, sequenceNumbers: readonly string[]): Memories {
  const known = sequenceNumbers.filter((sequenceNumber) => memories.has(sequenceNumber));
  return new Map(known.map((sequenceNumber) => [sequenceNumber, memories.get(sequenceNumber)!]));
}
