import { readAnswer } from './answer.ts';
import type { Batch } from './batch.ts';
import type { Fates } from './fates.ts';
import { Map, Promise, Set } from './intrinsics.ts';
import type { Memory } from './ledger.ts';
import type { HowEnded } from './observation.ts';
import type { Emit } from './observe.ts';
import type { BatchResponse } from './outcome.ts';

/** What ends with the invocation. */
export interface Ending {
  /** @param checkpoint where there is to be an answer, that of the batch's length where nothing is unresolved */
  remember(changes: ReadonlyMap<string, Memory | undefined>, checkpoint?: number): Promise<void> | undefined;
  readonly emit: Emit;
  /** Nothing starts any more, and nothing that settles has an effect. */
  closeRun(): void;
  /** The answer is fixed: a death of the process from here on is nobody's fault. */
  answered(done: readonly string[], behind: readonly string[]): void;
  /** There is no answer: everything comes again. */
  withdrawMarks(): void;
  /** Bounds what is awaited behind our last hook. */
  watchAgain(): void;
}

/** How one invocation ends: with one response, or as a failure that nobody can turn into a success. */
export class Conclusion {
  readonly #ending: Ending;
  #phase: 'open' | 'concluded' | 'failed' = 'open';
  #failure: unknown;
  #batch: Batch | undefined;
  #fates: Fates | undefined;
  #unresolved: readonly string[] = [];
  /** Everything before this place in the batch is resolved. */
  #checkpoint = 0;
  /** Our answer as it was last given out. */
  #answer: BatchResponse | undefined;

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  /** Whether the outcome still has to be settled. */
  get open(): boolean {
    return this.#phase === 'open';
  }

  /** How it has ended. */
  get how(): HowEnded {
    return this.#phase === 'concluded' ? { responded: true } : { responded: false, error: this.#failure };
  }

  /** Absent where no handler had its turn. */
  get fates(): Fates | undefined {
    return this.#fates;
  }

  /** The batch has begun, and this is where its records' fates are kept. */
  over(batch: Batch, fates: Fates): void {
    this.#batch = batch;
    this.#fates = fates;
  }

  /** Runs to the outcome, remembers it, and answers; a throw fails the invocation, and nothing of it stays marked. */
  async settle(run: () => Promise<Fates>): Promise<BatchResponse> {
    let fates: Fates;
    try {
      fates = await run();
    } catch (error) {
      if (!this.open) return never();
      await this.giveUp(error);
      throw error;
    }
    if (this.open) {
      this.#fix(fates);
      fates.report();
      await this.#remember(fates);
    }
    if (!this.open) return never();
    this.#mark(fates);
    this.#phase = 'concluded';
    return this.#response();
  }

  /**
   * What Middy is to answer, whatever a handler or middleware made of our answer meanwhile: never less than ours, and
   * more where it names more.
   *
   * @throws what failed the invocation, where somebody has caught that
   */
  confirm(answer: unknown): BatchResponse | Promise<BatchResponse> {
    if (this.#phase === 'failed') throw this.#failure;
    return answer === this.#answer && this.#isWhole(answer) ? answer : this.#confirmOther(answer);
  }

  /** An error of somebody else: behind the outcome the response is lost, so what was done will be delivered again. */
  async withdraw(error: unknown): Promise<void> {
    const fates = this.#fates;
    if (this.#phase !== 'concluded' || fates === undefined) return this.giveUp(error);
    this.#fail(error);
    this.#ending.withdrawMarks();
    this.#ending.watchAgain();
    const changes = fates.changesWithoutDone();
    const reopened = fates.reopenDone();
    this.#ending.emit({ type: 'done-withdrawn' });
    // That a record is done is merged, never taken back, so it is forgotten first; what others know of the rest stays.
    if (reopened.length > 0) await this.#ending.remember(new Map(reopened.map((id) => [id, undefined])));
    await this.#ending.remember(changes);
  }

  /** The invocation fails as a whole, and nobody is charged for it: every record comes again, and what is known of each is kept. */
  async giveUp(error: unknown): Promise<void> {
    if (!this.open) return;
    this.#ending.closeRun();
    this.#fail(error);
    const fates = this.#fates;
    await this.#ending.remember(fates?.changes(0) ?? new Map());
    this.#ending.withdrawMarks();
  }

  #fail(error: unknown): void {
    this.#phase = 'failed';
    this.#failure = error;
  }

  /** Fixes what is reported. */
  #fix(fates: Fates): void {
    const { sequenceNumbers, units } = this.#batch!;
    const unresolved = fates.unresolved().map((index) => sequenceNumbers[index]!);
    this.#unresolved = units === undefined ? unresolved : [...new Set(unresolved)];
    this.#checkpoint = fates.checkpoint;
  }

  /** Remembers what stands behind the checkpoint. */
  #remember(fates: Fates): Promise<void> | undefined {
    return this.#ending.remember(fates.changes(this.#checkpoint), this.#checkpoint);
  }

  /** Marks what the answer passes, by name: what stands behind the checkpoint may have been done without counting as done. */
  #mark(fates: Fates): void {
    const { ids, mayGoOnFrom } = this.#batch!;
    const end = Math.min(this.#checkpoint, mayGoOnFrom);
    if (end === 0) this.#ending.withdrawMarks();
    else this.#ending.answered(fates.knownBefore(end), ids.slice(end));
  }

  #response(): BatchResponse {
    this.#answer = { batchItemFailures: this.#unresolved.map((itemIdentifier) => ({ itemIdentifier })) };
    return this.#answer;
  }

  #isWhole(answer: unknown): answer is BatchResponse {
    const failures = (answer as Partial<BatchResponse> | undefined)?.batchItemFailures;
    if (failures?.length !== this.#unresolved.length) return false;
    for (let index = 0; index < failures.length; index++)
      if (failures[index]?.itemIdentifier !== this.#unresolved[index]) return false;
    return true;
  }

  async #confirmOther(answer: unknown): Promise<BatchResponse> {
    const fates = this.#fates!;
    const { sequenceNumbers, ids } = this.#batch!;
    const reading = readAnswer(answer, sequenceNumbers);
    const named = reading.kind === 'reported' ? reading.failed : [];
    const reopened = named.filter((index) => fates.outcome(index) === 'done');
    if (reopened.length > 0) {
      for (const index of reopened) fates.reopen(index);
      this.#fix(fates);
      this.#mark(fates);
      await this.#ending.remember(new Map(reopened.map((index) => [ids[index]!, undefined])));
      await this.#remember(fates);
    }
    return this.#response();
  }
}

/** For a caller that has given up: a rejection would surface in somebody else's invocation. */
function never(): Promise<never> {
  return new Promise(() => {});
}
