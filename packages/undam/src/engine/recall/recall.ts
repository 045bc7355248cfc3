import type { Clock } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { Map, Promise } from '../../base/intrinsics.ts';
import { isThenable } from '../../base/thenable.ts';
import type { Ledger, LedgerKey, Memories, Memory } from '../../ledgers/ledger.ts';
import { readMemories, readOthers } from '../../ledgers/stored-memories.ts';
import type { Emit } from '../../observe/events.ts';
import type { Batch } from '../../streams/read-batch.ts';
import { isMember } from '../../streams/record-id.ts';
import { bounds } from '../time/bounds.ts';
import type { Timer } from '../time/timer.ts';
import { knownOf } from './continued-unit.ts';
import { withoutLostAnswer } from './lost-answer.ts';
import { InvocationMarks } from './marks.ts';
import { cutOtherwise, passedRecords, type Redeliveries, someReported } from './passed-unresolved.ts';

/** The maximum share of the remaining time that the ledger may take before the handler starts. */
const maxShare = 0.25;

const noMemories: Memories = new Map();

export interface RecallOptions {
  readonly ledger: Ledger;
  readonly key: LedgerKey;
  readonly batch: Batch;
  readonly redeliveries: Redeliveries;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly emit: Emit;
}

/** One invocation's access to its ledger: bounded in time, and unable to fail the invocation. */
export class Recall {
  /** The ledger's memories of the batch's records, by id; empty if the ledger could not be read. Only the recall writes it. */
  memories: Memories = noMemories;
  /** Ids of records that cannot come again, or whose memory may belong to an equal record. */
  readonly outdated: Map<string, undefined> = new Map<string, undefined>();
  readonly #options: RecallOptions;
  /** Records that the ledger must not remember as done. */
  #notKept: readonly string[] = [];

  constructor(options: RecallOptions) {
    this.#options = options;
  }

  /** Asks the ledger. A synchronous answer costs no turn of the event loop. @param deadline on the clock */
  recall(deadline: number): void | Promise<void> {
    const { ledger, key, batch, clock } = this.#options;
    try {
      const answer = ledger.recall(key, batch.ids);
      if (!isThenable(answer)) return this.#read(answer);
      const now = clock.now();
      const limit = now + Math.min(bounds.recallMs, (deadline - now) * maxShare);
      return this.#within(answer, limit, 'the ledger did not answer')
        .then((memories) => this.#read(memories))
        .catch((error: unknown) => this.#failed('recall', error));
    } catch (error) {
      this.#failed('recall', error);
    }
  }

  #read(answer: Memories): void {
    const { batch, redeliveries, emit } = this.#options;
    const memories = readMemories(answer, batch.ids);
    const others = answer.size > memories.size ? readOthers(answer, batch.ids) : noMemories;
    const known = knownOf(batch, memories, others);
    for (const id of known.outdated) this.outdated.set(id, undefined);
    this.memories = withoutLostAnswer(known.memories, emit);
    if (someReported(memories)) redeliveries.seen = true;
    if (others.size > 0) this.#forget(others);
  }

  /**
   * Forgets, with the next write, records that cannot come again under these ids. Emits an event for each record that Lambda
   * passed unresolved.
   */
  #forget(others: Memories): void {
    const { ledger, batch, redeliveries, emit } = this.#options;
    const { outdated, here } = cutOtherwise(batch, others);
    for (const id of outdated) this.outdated.set(id, undefined);
    this.#notKept = here;
    for (const { id, sequenceNumber, times, behind } of passedRecords(batch, others)) {
      this.outdated.set(id, undefined);
      const likely = redeliveries.meaningOf(times, ledger.isShared === true && !isMember(id));
      if (likely === undefined) continue;
      const record = { index: behind, sequenceNumber: batch.sequenceNumbers[behind]!, shardId: batch.shardId };
      emit({ type: 'passed-unresolved', sequenceNumber, behind: record, times, likely });
    }
  }

  /** Opens the marks of this invocation. */
  mark(): InvocationMarks {
    const { ledger, key, emit, timer } = this.#options;
    const { mark } = ledger;
    return new InvocationMarks(mark && (() => mark.call(ledger, key)), emit, timer);
  }

  /** True if the ledger needs a write. The happy path writes nothing, unless the ledger has a claim to close. */
  hasToWrite(changes: ReadonlyMap<string, Memory | undefined>): boolean {
    return changes.size + this.outdated.size > 0 || this.#options.ledger.claims === true;
  }

  /**
   * Writes the invocation's changes.
   *
   * @param checkpoint the answer passes the records before it; absent without an answer
   * @param limit on the clock; a write that is not acknowledged by then may be lost
   */
  remember(
    changes: ReadonlyMap<string, Memory | undefined>,
    checkpoint: number | undefined,
    limit: number,
  ): Promise<void> {
    const { batch } = this.#options;
    const passed = checkpoint === undefined ? undefined : batch.ids.slice(0, checkpoint);
    const all = new Map([...this.outdated, ...changes]);
    for (const id of this.#notKept) if (!all.has(id) || all.get(id)?.state === 'done') all.set(id, undefined);
    const forgotten = this.#toForgetFirst(changes);
    if (forgotten.size === 0) return this.#write(all, passed, limit);
    return this.#write(forgotten, undefined, limit).then(() => this.#write(all, passed, limit));
  }

  /** The records to forget first: in a merge a resolved memory wins, and this one may belong to an equal record. */
  #toForgetFirst(changes: ReadonlyMap<string, Memory | undefined>): Map<string, undefined> {
    const forgotten = new Map<string, undefined>();
    for (const id of this.outdated.keys()) if (changes.get(id) !== undefined) forgotten.set(id, undefined);
    return forgotten;
  }

  async #write(
    changes: ReadonlyMap<string, Memory | undefined>,
    passed: readonly string[] | undefined,
    limit: number,
  ): Promise<void> {
    const { ledger, key } = this.#options;
    try {
      const answer = ledger.remember(key, changes, passed);
      if (isThenable(answer)) await this.#within(answer, limit, 'the ledger did not acknowledge');
    } catch (error) {
      this.#failed('remember', error);
    }
  }

  #within<T>(promise: PromiseLike<T>, limit: number, problem: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const error = (): UndamError =>
        new UndamError(
          'too-slow',
          `${problem} in time: check the network path to its store, or raise the function's Timeout`,
        );
      const cancel = this.#options.timer.at(limit, () => reject(error()));
      Promise.resolve(promise).then(resolve, reject).finally(cancel);
    });
  }

  #failed(operation: 'recall' | 'remember', error: unknown): void {
    this.#options.emit({ type: 'ledger-failed', operation, error });
  }
}
