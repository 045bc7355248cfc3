import type { Clock } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { Map, Promise } from '../../base/intrinsics.ts';
import { isThenable } from '../../base/thenable.ts';
import type { Ledger, LedgerKey, Memories, Memory } from '../../ledgers/ledger.ts';
import { readMemories, readOthers } from '../../ledgers/stored-memories.ts';
import type { Emit } from '../../observe/events.ts';
import { bounds } from '../time/bounds.ts';
import type { Timer } from '../time/timer.ts';
import { InvocationMarks } from './marks.ts';

/** Of the time left, what the ledger may take to answer before the handler starts. */
const recallShare = 0.25;

const none: Memories = new Map();

/** One invocation's way to its ledger: bounded, and without a way to fail the invocation. */
export interface Recall {
  /**
   * Hands over what is known of these records and of others; nothing, where the ledger cannot be read. At once, where the
   * ledger answers at once.
   */
  recall(
    ids: readonly string[],
    deadline: number,
    recalled: (memories: Memories, others: Memories) => void,
  ): void | Promise<void>;
  /** Opens the marks of this invocation. */
  mark(): InvocationMarks;
  /** Whether there is something to close where nothing is to be remembered. */
  readonly claims: boolean;
  /** Whether all environments of the function share it. */
  readonly isShared: boolean;
  /**
   * @param passed what the answer passes, where there is to be one
   * @param limit on the clock; what is not acknowledged by then may be lost
   */
  remember(
    changes: ReadonlyMap<string, Memory | undefined>,
    passed: readonly string[] | undefined,
    limit: number,
  ): Promise<void>;
}

export function recallOf(ledger: Ledger, key: LedgerKey, clock: Clock, timer: Timer, emit: Emit): Recall {
  function within<T>(promise: PromiseLike<T>, limit: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = timer.at(limit, () => reject(new UndamError('too-slow', `${what} in the time it had`)));
      Promise.resolve(promise).then(resolve, reject).finally(cancel);
    });
  }

  return {
    recall(ids, deadline, recalled) {
      const failed = (error: unknown): void => emit({ type: 'ledger-failed', operation: 'recall', error });
      const read = (answer: Memories): void => {
        const memories = readMemories(answer, ids);
        recalled(memories, answer.size > memories.size ? readOthers(answer, ids) : none);
      };
      try {
        const answer = ledger.recall(key, ids);
        if (!isThenable(answer)) return read(answer);
        const now = clock.now();
        const limit = now + Math.min(bounds.recallMs, (deadline - now) * recallShare);
        return within(answer, limit, 'the ledger did not answer').then(read).catch(failed);
      } catch (error) {
        failed(error);
      }
    },

    mark() {
      const { mark } = ledger;
      return new InvocationMarks(mark && (() => mark.call(ledger, key)), emit, timer);
    },

    claims: ledger.claims === true,
    isShared: ledger.isShared === true,

    async remember(changes, passed, limit) {
      try {
        const answer = ledger.remember(key, changes, passed);
        if (!isThenable(answer)) return;
        await within(answer, limit, 'the ledger did not acknowledge');
      } catch (error) {
        emit({ type: 'ledger-failed', operation: 'remember', error });
      }
    },
  };
}
