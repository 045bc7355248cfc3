import type { Ledger, LedgerKey, Marks, Memories, Memory } from 'undam';
import type { ProcessSight } from '../sights/sights.ts';
import type { Witness } from '../witness/witness.ts';
import type { FaultPlan } from './fault-plan.ts';

export interface FaultyLedgerOptions {
  readonly ledger: Ledger;
  readonly faults: FaultPlan;
  readonly process: ProcessSight;
  readonly witness: Witness;
  /** Another function's ledger in the same place: it keeps that it has done all of the same records. */
  readonly neighbour: Ledger | undefined;
  /** Told of each key that the ledger is asked for. */
  readonly asked: (key: LedgerKey, ids: readonly string[]) => void;
  /** Told of each rejection of the ledger itself. */
  readonly rejected: (error: unknown) => void;
}

/** The public ledger of one process, behind a wrapper that fails, hangs and gives earlier answers. */
export function faultyLedger(options: FaultyLedgerOptions): Ledger {
  const { ledger, faults, process, witness, neighbour, asked, rejected } = options;
  /** The memories of one delivery before, by shard. */
  const before = new Map<string | undefined, Memories>();

  return {
    ...(ledger.claims && { claims: true }),
    ...(ledger.isShared && { isShared: true }),
    recall(key, ids) {
      const fails = faults.at('ledger-read-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      const stale = (fails ?? hangs) ? undefined : faults.at('ledger-is-stale');
      const { invocation } = process;
      if (fails ?? hangs ?? stale) witness.ledger.recallTrouble(invocation);
      if (fails) return failed(fails.ms);
      if (hangs) return new Promise(() => {});
      asked(key, ids);
      witness.ledger.recalling(invocation);
      const told = neighbour?.remember({ ...key, functionArn: neighbourArn }, allDone(ids));
      const known = told ? told.then(() => ledger.recall(key, ids)) : ledger.recall(key, ids);
      const answered = (memories: Memories): Memories => {
        const older = before.get(key.shardId) ?? new Map();
        before.set(key.shardId, memories);
        // A stale answer is stale as a whole: it has the memories of other records from then, too.
        const answer = stale ? older : memories;
        witness.ledger.recalled(invocation, ids, answer, stale === undefined);
        return answer;
      };
      if (!(known instanceof Promise)) return answered(known);
      return known.then(answered, (error: unknown) => {
        witness.ledger.recallTrouble(invocation);
        rejected(error);
        throw error;
      });
    },
    remember(key, changes, passed) {
      const fails = faults.at('ledger-write-fails');
      const hangs = fails ? undefined : faults.at('ledger-hangs');
      const { invocation } = process;
      if (fails ?? hangs) witness.ledger.writeTrouble(process);
      if (hangs) return new Promise(() => {});
      // A write may fail after it was made. A ledger with claims always hears of the end; its table has fault sites of its own.
      const isUnheard = fails && fails.ms % 2 !== 0 && ledger.claims !== true;
      const writing = isUnheard ? undefined : ledger.remember(key, changes, passed);
      if (!fails) witness.ledger.remembering(invocation, writing ? 'under way' : 'done');
      const written = writing?.then(
        () => {
          if (!fails) witness.ledger.remembering(invocation, 'done');
        },
        (error: unknown) => {
          witness.ledger.remembering(invocation, 'not yet');
          if (!fails) witness.ledger.writeTrouble(process);
          rejected(error);
          if (!fails) throw error;
        },
      );
      return fails ? failed(fails.ms) : written;
    },
    ...(ledger.mark && {
      mark: (key) => faultyMarks(ledger.mark!(key), faults, () => witness.ledger.marksTrouble(process)),
    }),
  };
}

/** A ledger, and the keys that it was asked for. */
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
      marks.withdraw();
      throw new Error('no space is left on the disk');
    };
  };
  return {
    everyStart: marks.everyStart,
    started: limited((...marked: Parameters<Marks['started']>) => marks.started(...marked)),
    done: limited((...marked: Parameters<Marks['done']>) => marks.done(...marked)),
    learned: limited((...marked: Parameters<Marks['learned']>) => marks.learned(...marked)),
    answered: limited((...marked: Parameters<Marks['answered']>) => marks.answered(...marked)),
    withdraw: () => marks.withdraw(),
    close: () => marks.close(),
  };
}

const neighbourArn = 'arn:aws:lambda:eu-west-1:111122223333:function:neighbour';
const noAttempts = { started: 0, failed: 0, timedOut: 0, crashed: 0 };

function allDone(ids: readonly string[]): Map<string, Memory> {
  const done = ids.map((id): [string, Memory] => [id, { state: 'done', attempts: noAttempts }]);
  return new Map([...done, ['1', { state: 'open', attempts: noAttempts }]]);
}

function failed(ms: number): Promise<never> {
  const error = new Error('the ledger cannot be reached');
  if (ms > 1) throw error;
  return Promise.reject(error);
}
