import { type Reading, readAnswer } from './answer.ts';
import type { Batch } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Clock } from './clock.ts';
import type { Crew, Member } from './crew.ts';
import { UndamError } from './errors.ts';
import type { Acknowledged, FailSteps, Failure, Fates, Standing } from './fates.ts';
import type { Emit } from './observe.ts';
import type { Hidden } from './shown-records.ts';
import type { Watch } from './watch.ts';

/**
 * What a batch handler's report means. `first`: it may have stopped at its first failure, so only the lowest identifier
 * is charged and nothing behind it counts as done. `every`: it runs and reports every record.
 */
export type Reports = 'first' | 'every';

export interface BatchRunOptions {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly reports: Reports;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly watch: Watch;
  readonly crew: Crew;
  readonly emit: Emit;
}

/** One call of a batch handler, with the batch's indexes of the records that go into it. */
export type CallBatchHandler = (indexes: readonly number[], signal: AbortSignal) => unknown;

/** What a batch handler waits at most for sends of earlier deliveries, as a share of the time. */
const sendShare = 0.25;

/** Judges the answers of a handler that gets many records at once, and calls it again where that moves the checkpoint. */
export class BatchRun implements Member {
  readonly #options: BatchRunOptions;
  readonly #steps: FailSteps;
  #sending = 0;
  #sent: () => void = () => {};
  #abort: AbortController | undefined;
  #closed = false;
  #calling = false;
  /** The last call was cut off and has not settled. */
  #abandoned = false;
  #wake: () => void = () => {};

  constructor(options: BatchRunOptions) {
    this.#options = options;
    const acknowledged: Acknowledged = () => {
      if (--this.#sending === 0) this.#sent();
    };
    this.#steps = { acknowledged, mayRepeat: () => false, settled: true };
  }

  get busy(): boolean {
    return this.#calling;
  }

  wake(): void {
    this.#wake();
  }

  /**
   * Sends what the ledger holds as pending and names the records that the handler is to get: not those that are
   * resolved, nor what stands behind an unresolved one of the same key. A slow sink delays the handler by a part of the
   * budget only.
   */
  async admit(): Promise<number[]> {
    const { batch, fates, clock, budget } = this.#options;
    const mayStart = [...batch.records.keys()].filter((index) => this.#standing(index) === 'may-start');
    const now = clock.now();
    await this.#allSent(now + (Math.min(budget.endsAt, budget.sendBy) - now) * sendShare);
    const blocked = new Set<string>();
    const admitted = new Set(mayStart);
    for (const [index, key] of batch.partitionKeys.entries()) {
      if (key === undefined) continue;
      if (blocked.has(key)) admitted.delete(index);
      else if (!admitted.has(index) && !fates.isResolved(index)) blocked.add(key);
    }
    return [...admitted];
  }

  /** The records that a handler which nobody wrapped has got to see; what is known of the others is sent meanwhile. */
  admitShown(hidden: Hidden): number[] {
    const { batch, fates } = this.#options;
    return [...batch.records.keys()].filter((index) => {
      const isShown = !hidden.has(batch.sequenceNumbers[index]!);
      if (isShown) fates.wasStarted(index);
      else this.#standing(index);
      return isShown;
    });
  }

  /** From here on nothing that the handler or the sink answers has an effect. */
  close(): void {
    this.#closed = true;
    this.#giveUp();
    this.#options.crew.leave(this);
    this.#abort?.abort(new UndamError('budget-ended', 'the invocation has ended'));
  }

  /** What still runs is left to itself: no later call runs alone before it settles. */
  #giveUp(): void {
    if (!this.#calling) return;
    this.#calling = false;
    this.#abandoned = true;
    this.#options.crew.zombies++;
  }

  #standing(index: number): Standing {
    const standing = this.#options.fates.standing(index, this.#steps.acknowledged);
    if (standing === 'sending') this.#sending++;
    return standing;
  }

  /**
   * Calls the handler with the admitted records, and again with what stands behind a record that was quarantined.
   *
   * @throws whatever several records in one call threw, so that Lambda can bisect the batch
   */
  async run(call: CallBatchHandler): Promise<void> {
    const { crew, emit } = this.#options;
    crew.join(this);
    try {
      await this.#run(call);
      if (this.#abandoned) emit({ type: 'zombies', count: 1 });
    } finally {
      crew.leave(this);
    }
  }

  async #run(call: CallBatchHandler): Promise<void> {
    const { fates, crew, clock, budget, emit } = this.#options;
    let indexes = await this.admit();
    const suspects = new Set(fates.suspects());
    if (suspects.size > 0) emit({ type: 'crash-found', suspects: suspects.size });
    const started = new Set<number>();
    while (indexes.length > 0 && this.#mayCall()) {
      const together = beforeSuspect(indexes, suspects);
      const alone = suspects.has(together[0]!);
      if (alone && fates.endsBefore(together[0]!, crew.zombies)) break;
      // Nothing is awaited between the last look and the call.
      if (crew.mustWait(this) || (alone && !crew.claim(this))) {
        if (clock.now() >= budget.retryBy) break;
        await this.#woken();
        continue;
      }
      for (const index of together) {
        if (started.has(index)) fates.giveBack(index, true);
        fates.start(index, alone && crew.zombies === 0);
        started.add(index);
      }
      const result = await this.#bounded(call, together);
      crew.release(this);
      if (this.#closed) return;
      if (result.kind === 'cut') return this.#cutShort(together, result.error);
      if (result.kind === 'thrown') await this.judgeThrow(result.error, together);
      else await this.judgeAnswer(result.answer, together, result.cutBy);
      const left = together.filter((index) => !fates.isResolved(index));
      if (left.some((index) => fates.outcome(index) !== 'deferred')) break;
      indexes = [...left, ...indexes.slice(together.length)];
    }
    await this.#allSent();
  }

  #mayCall(): boolean {
    return !this.#closed && this.#options.clock.now() < this.#options.budget.endsAt;
  }

  /** What other invocations of this process do has changed; at the latest when no call may begin any more. */
  #woken(): Promise<void> {
    const { watch, budget } = this.#options;
    return new Promise((resolve) => {
      this.#wake = resolve;
      watch.at(budget.retryBy, resolve);
    });
  }

  /**
   * @param cutBy why the call had been aborted by the time it answered
   * @throws UndamError `unreadable-answer` when several records were in the call
   */
  async judgeAnswer(answer: unknown, indexes: readonly number[], cutBy?: UndamError): Promise<void> {
    const { batch, emit } = this.#options;
    if (indexes.length === 0) return this.#allSent();
    const reading = readAnswer(
      answer,
      indexes.map((index) => batch.sequenceNumbers[index]!),
    );
    if (reading.kind !== 'unreadable') return this.#apply(reading, indexes, cutBy);
    emit({ type: 'answer-unreadable', problem: reading.problem });
    if (cutBy !== undefined) return this.#cutShort(indexes, cutBy);
    await this.judgeThrow(new UndamError('unreadable-answer', `the handler's answer: ${reading.problem}`), indexes);
  }

  /** A throw names nobody: it is charged to a record that was alone in the call, and rethrown otherwise. */
  async judgeThrow(error: unknown, indexes: readonly number[], how: Failure = 'rejected'): Promise<void> {
    const [index] = indexes;
    if (indexes.length > 1) throw error;
    if (index !== undefined) this.#fail(index, error, how);
    await this.#allSent();
  }

  async #apply(
    reading: Exclude<Reading, { kind: 'unreadable' }>,
    indexes: readonly number[],
    cutBy: UndamError | undefined,
  ): Promise<void> {
    const { fates, reports } = this.#options;
    const every = reading.kind === 'settled' || reports === 'every';
    const failures =
      reading.kind === 'settled'
        ? reading.failures
        : new Map((every ? reading.failed : reading.failed.slice(0, 1)).map((position) => [position, reported]));
    const [lowest = indexes.length] = failures.keys();
    for (const [position, index] of indexes.entries()) {
      if (!failures.has(position)) {
        if (every || position < lowest) fates.done(index);
      } else if (cutBy === undefined) this.#fail(index, failures.get(position), 'rejected');
      // What an aborted handler leaves is not done, and no fault of those records: as ever, only the head is charged.
      else if (index === 0) this.#fail(index, cutBy, 'timed-out');
      else fates.giveBack(index, true);
    }
    await this.#allSent();
  }

  /** The budget ended during a call: nobody is charged unless it was the first record of the batch, and alone. */
  async #cutShort(indexes: readonly number[], error: unknown): Promise<void> {
    if (indexes[0] === 0) await this.judgeThrow(error, indexes, 'timed-out');
  }

  #fail(index: number, error: unknown, how: Failure): void {
    if (this.#options.fates.fail(index, how, error, 'handler', this.#steps) === 'quarantine') this.#sending++;
  }

  /** Settles once each send has been acknowledged or refused, or at `limit`. */
  async #allSent(limit = Infinity): Promise<void> {
    if (this.#sending === 0) return;
    await new Promise<void>((resolve) => {
      this.#sent = resolve;
      this.#options.watch.at(limit, resolve);
    });
  }

  /** The handler's answer, its throw, or that the budget ended first (and one turn of the loop later it had not settled). */
  #bounded(call: CallBatchHandler, indexes: readonly number[]): Promise<CallResult> {
    const { budget, watch, crew, emit } = this.#options;
    const abort = new AbortController();
    this.#abort = abort;
    this.#calling = true;
    return new Promise((resolve) => {
      const cancel = watch.at(budget.endsAt, () => {
        emit({ type: 'budget-ended', running: indexes.length });
        const error = new UndamError('budget-ended', "the handler did not settle before the batch's time budget ended");
        abort.abort(error);
        watch.afterTurn(() => {
          this.#giveUp();
          resolve({ kind: 'cut', error });
        });
      });
      settle(() => call(indexes, abort.signal)).then((result) => {
        cancel();
        if (!this.#calling) crew.zombies--;
        this.#calling = false;
        this.#abandoned = false;
        crew.idle();
        // A rejection after the abort is the abort's doing, not the records'.
        if (!abort.signal.aborted) resolve(result);
        else if (result.kind === 'answered') resolve({ ...result, cutBy: abort.signal.reason as UndamError });
      });
    });
  }
}

/** The records of the next call: those before the first suspect, or that one alone. */
function beforeSuspect(indexes: readonly number[], suspects: ReadonlySet<number>): readonly number[] {
  const place = indexes.findIndex((index) => suspects.has(index));
  return place < 0 ? indexes : indexes.slice(0, Math.max(1, place));
}

type CallResult =
  | { readonly kind: 'answered'; readonly answer: unknown; readonly cutBy?: UndamError }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'cut'; readonly error: unknown };

async function settle(call: () => unknown): Promise<CallResult> {
  try {
    return { kind: 'answered', answer: await call() };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

/** The error of a record of which the handler said only that it failed. */
const reported = new Error('the handler reported this record in batchItemFailures');
reported.name = 'BatchItemFailure';
