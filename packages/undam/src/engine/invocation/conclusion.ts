import { Map, Promise, Set } from '../../base/intrinsics.ts';
import type { Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import type { Batch } from '../../streams/batch.ts';
import type { BatchResponse } from '../../streams/response.ts';
import type { BatchState } from '../judge/batch-state.ts';
import { readAnswer } from '../run/batches/answer.ts';
import type { HowEnded } from './observation.ts';

/** What ends with the invocation. */
export interface Ending {
  /** @param checkpoint where there is to be an answer, that of the batch's length where nothing is unresolved */
  remember(changes: ReadonlyMap<string, Memory | undefined>, checkpoint?: number): Promise<void> | undefined;
  readonly emit: Emit;
  /** Nothing starts any more, and nothing that settles has an effect. */
  closeRun(): void;
  /** The answer is fixed: a death of the process from here on is nobody's fault. */
  answered(known: Memories, behind: readonly string[]): void;
  /** There is no answer: everything comes again. */
  withdrawMarks(): void;
  /** Bounds what is awaited behind our last hook. */
  watchAgain(): void;
}

/** How one invocation ends: with one response, or as a failure that nobody can turn into a success. */
export interface Conclusion {
  /** Whether the outcome still has to be settled. */
  isOpen(): boolean;
  /** How it has ended. */
  how(): HowEnded;
  /** Absent where no handler had its turn. */
  batchState(): BatchState | undefined;
  /** The batch has begun, and this is where the state of its records is kept. */
  over(batch: Batch, batchState: BatchState): void;
  /** Runs to the outcome, remembers it, and answers; a throw fails the invocation, and nothing of it stays marked. */
  settle(run: () => Promise<BatchState>): Promise<BatchResponse>;
  /**
   * What Middy is to answer, whatever a handler or middleware made of our answer meanwhile: never less than ours, and
   * more where it names more.
   *
   * @throws what failed the invocation, where somebody has caught that
   */
  confirm(answer: unknown): BatchResponse | Promise<BatchResponse>;
  /** An error of somebody else: behind the outcome the response is lost, so what was done will be delivered again. */
  withdraw(error: unknown): Promise<void>;
  /** The invocation fails as a whole, and nobody is charged for it: every record comes again, and what is known of each is kept. */
  giveUp(error: unknown): Promise<void>;
}

export function conclusionOf(ending: Ending): Conclusion {
  let phase: 'open' | 'concluded' | 'failed' = 'open';
  let failure: unknown;
  let batch: Batch | undefined;
  let known: BatchState | undefined;
  let unresolved: readonly string[] = [];
  /** Everything before this place in the batch is resolved. */
  let checkpoint = 0;
  /** Our answer as it was last given out. */
  let given: BatchResponse | undefined;

  const isOpen = (): boolean => phase === 'open';

  function fail(error: unknown): void {
    phase = 'failed';
    failure = error;
  }

  /** Fixes what is reported. */
  function fix(batchState: BatchState): void {
    const { sequenceNumbers, units } = batch!;
    const numbers = batchState.unresolved().map((index) => sequenceNumbers[index]!);
    unresolved = units === undefined ? numbers : [...new Set(numbers)];
    checkpoint = batchState.checkpoint;
  }

  /** Remembers what stands behind the checkpoint. */
  function remember(batchState: BatchState): Promise<void> | undefined {
    return ending.remember(batchState.changes(checkpoint), checkpoint);
  }

  /** Marks what the answer passes, by name: what stands behind the checkpoint may have been done without counting as done. */
  function mark(batchState: BatchState): void {
    if (checkpoint === 0) ending.withdrawMarks();
    else ending.answered(batchState.knownBefore(checkpoint), batch!.ids.slice(checkpoint));
  }

  function response(): BatchResponse {
    given = { batchItemFailures: unresolved.map((itemIdentifier) => ({ itemIdentifier })) };
    return given;
  }

  function isWhole(answer: unknown): answer is BatchResponse {
    const failures = (answer as Partial<BatchResponse> | undefined)?.batchItemFailures;
    if (failures?.length !== unresolved.length) return false;
    for (let index = 0; index < failures.length; index++)
      if (failures[index]?.itemIdentifier !== unresolved[index]) return false;
    return true;
  }

  async function giveUp(error: unknown): Promise<void> {
    if (!isOpen()) return;
    ending.closeRun();
    fail(error);
    await ending.remember(known?.changes(0) ?? new Map());
    ending.withdrawMarks();
  }

  async function confirmOther(answer: unknown): Promise<BatchResponse> {
    const batchState = known!;
    const { sequenceNumbers, ids } = batch!;
    const reading = readAnswer(answer, sequenceNumbers);
    const named = reading.kind === 'reported' ? reading.failed : [];
    const reopened = named.filter((index) => batchState.outcome(index) === 'done');
    if (reopened.length > 0) {
      for (const index of reopened) batchState.reopen(index);
      fix(batchState);
      mark(batchState);
      await ending.remember(new Map(reopened.map((index) => [ids[index]!, undefined])));
      await remember(batchState);
    }
    return response();
  }

  return {
    isOpen,
    how: () => (phase === 'concluded' ? { responded: true } : { responded: false, error: failure }),
    batchState: () => known,

    over(of, batchState) {
      batch = of;
      known = batchState;
    },

    async settle(run) {
      let batchState: BatchState;
      try {
        batchState = await run();
      } catch (error) {
        if (!isOpen()) return never();
        await giveUp(error);
        throw error;
      }
      if (isOpen()) {
        fix(batchState);
        batchState.report();
        await remember(batchState);
      }
      if (!isOpen()) return never();
      mark(batchState);
      phase = 'concluded';
      return response();
    },

    confirm(answer) {
      if (phase === 'failed') throw failure;
      return answer === given && isWhole(answer) ? answer : confirmOther(answer);
    },

    async withdraw(error) {
      const batchState = known;
      if (phase !== 'concluded' || batchState === undefined) return giveUp(error);
      fail(error);
      ending.withdrawMarks();
      ending.watchAgain();
      const changes = batchState.changesWithoutDone();
      const reopened = batchState.reopenDone();
      ending.emit({ type: 'done-withdrawn' });
      // That a record is done is merged, never taken back, so it is forgotten first; what others know of the rest stays.
      if (reopened.length > 0) await ending.remember(new Map(reopened.map((id) => [id, undefined])));
      await ending.remember(changes);
    },

    giveUp,
  };
}

/** For a caller that has given up: a rejection would surface in somebody else's invocation. */
function never(): Promise<never> {
  return new Promise(() => {});
}
