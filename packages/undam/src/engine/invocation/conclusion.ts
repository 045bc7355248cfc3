import { Map, Promise, Set } from '../../base/intrinsics.ts';
import type { Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import type { Batch } from '../../streams/read-batch.ts';
import type { BatchResponse } from '../../streams/response.ts';
import type { BatchState } from '../judge/batch-state.ts';
import { readAnswer } from '../run/batches/answer.ts';
import type { HowEnded } from './observation.ts';

/** The operations of an invocation that its conclusion needs. */
export interface Ending {
  readonly emit: Emit;
  /** @param checkpoint the answer's, or the batch's length if nothing is unresolved; absent without an answer */
  remember(changes: ReadonlyMap<string, Memory | undefined>, checkpoint?: number): Promise<void> | undefined;
  /** From here on nothing starts or is sent, and nothing that settles has an effect. */
  closeRun(): void;
  /** The answer is fixed: a later death of the process charges no record. */
  markAnswered(known: Memories, behind: readonly string[]): void;
  /** Withdraws the marks: without an answer Lambda delivers every record again. */
  withdrawMarks(): void;
  /** Restarts the timer, to bound waits after our last hook. */
  watchAgain(): void;
}

/** The end of one invocation: one response, or a failure that no middleware can turn into a success. */
export class Conclusion {
  /** True until the outcome is settled. Only the conclusion writes it. */
  isOpen = true;
  /** Absent until the run begins. Only the conclusion writes it. */
  batchState: BatchState | undefined;
  readonly #ending: Ending;
  #hasFailed = false;
  #failure: unknown;
  #batch: Batch | undefined;
  #unresolved: readonly string[] = [];
  /** Every record before this index is resolved. */
  #checkpoint = 0;
  /** Our answer as last returned. */
  #given: BatchResponse | undefined;

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  get how(): HowEnded {
    return this.isOpen || this.#hasFailed ? { responded: false, error: this.#failure } : { responded: true };
  }

  begin(batch: Batch, batchState: BatchState): void {
    this.#batch = batch;
    this.batchState = batchState;
  }

  /** Runs to the outcome, remembers it and answers. A throw fails the invocation and withdraws its marks. */
  async settle(run: () => Promise<BatchState>): Promise<BatchResponse> {
    let batchState: BatchState;
    try {
      batchState = await run();
    } catch (error) {
      if (!this.isOpen) return never();
      await this.giveUp(error);
      throw error;
    }
    if (this.isOpen) {
      this.#fix(batchState);
      batchState.report();
      await this.#remember(batchState);
    }
    if (!this.isOpen) return never();
    this.#mark(batchState);
    this.isOpen = false;
    return this.#response();
  }

  /**
   * The answer for Middy, after a handler or middleware may have changed ours. It names every record that ours names, and those
   * that the change adds.
   *
   * @throws the error that failed the invocation, if a middleware has caught it
   */
  confirm(answer: unknown): BatchResponse | Promise<BatchResponse> {
    if (this.#hasFailed) throw this.#failure;
    return answer === this.#given && this.#isWhole(answer) ? answer : this.#confirmOther(answer);
  }

  /**
   * Another middleware has failed. If the outcome was settled, the response is lost, and Lambda delivers the done records again.
   */
  async withdraw(error: unknown): Promise<void> {
    const { batchState } = this;
    if (this.isOpen || this.#hasFailed || batchState === undefined) return this.giveUp(error);
    this.#fail(error);
    this.#ending.withdrawMarks();
    this.#ending.watchAgain();
    const changes = batchState.changesWithoutDone();
    const reopened = batchState.reopenDone();
    this.#ending.emit({ type: 'done-withdrawn' });
    // In a ledger's merge `done` wins, so the first write forgets these records. The ledger keeps its memories of the others.
    if (reopened.length > 0) await this.#ending.remember(new Map(reopened.map((id) => [id, undefined])));
    await this.#ending.remember(changes);
  }

  /**
   * Fails the invocation as a whole, and charges no record: Lambda delivers every record again, and the ledger keeps its memory
   * of each.
   */
  async giveUp(error: unknown): Promise<void> {
    if (!this.isOpen) return;
    this.#ending.closeRun();
    this.#fail(error);
    await this.#ending.remember(this.batchState?.changes(0) ?? new Map());
    this.#ending.withdrawMarks();
  }

  #fail(error: unknown): void {
    this.isOpen = false;
    this.#hasFailed = true;
    this.#failure = error;
  }

  /** Fixes the report. */
  #fix(batchState: BatchState): void {
    const { sequenceNumbers, units } = this.#batch!;
    const numbers = batchState.unresolved().map((index) => sequenceNumbers[index]!);
    this.#unresolved = units === undefined ? numbers : [...new Set(numbers)];
    this.#checkpoint = batchState.checkpoint;
  }

  /** Remembers the records behind the checkpoint. */
  #remember(batchState: BatchState): Promise<void> | undefined {
    return this.#ending.remember(batchState.changes(this.#checkpoint), this.#checkpoint);
  }

  /** Marks the passed records by name: records behind the checkpoint may be done without counting as done. */
  #mark(batchState: BatchState): void {
    const checkpoint = this.#checkpoint;
    if (checkpoint === 0) this.#ending.withdrawMarks();
    else this.#ending.markAnswered(batchState.knownBefore(checkpoint), this.#batch!.ids.slice(checkpoint));
  }

  #response(): BatchResponse {
    this.#given = { batchItemFailures: this.#unresolved.map((itemIdentifier) => ({ itemIdentifier })) };
    return this.#given;
  }

  #isWhole(answer: unknown): answer is BatchResponse {
    const failures = (answer as Partial<BatchResponse> | undefined)?.batchItemFailures;
    if (failures?.length !== this.#unresolved.length) return false;
    for (let index = 0; index < failures.length; index++)
      if (failures[index]?.itemIdentifier !== this.#unresolved[index]) return false;
    return true;
  }

  async #confirmOther(answer: unknown): Promise<BatchResponse> {
    const batchState = this.batchState!;
    const { sequenceNumbers, ids } = this.#batch!;
    const reading = readAnswer(answer, sequenceNumbers);
    const named = reading.kind === 'reported' ? reading.failed : [];
    const reopened = named.filter((index) => batchState.outcome(index) === 'done');
    if (reopened.length > 0) {
      for (const index of reopened) batchState.reopen(index);
      this.#fix(batchState);
      this.#mark(batchState);
      await this.#ending.remember(new Map(reopened.map((index) => [ids[index]!, undefined])));
      await this.#remember(batchState);
    }
    return this.#response();
  }
}

/** For callers that have given up: a rejection would surface in another invocation. */
function never(): Promise<never> {
  return new Promise(() => {});
}
