import { UndamError } from '../../../base/errors.ts';
import { Map, Set } from '../../../base/intrinsics.ts';
import { laneNames } from '../lanes.ts';
import type { Run, RunOptions } from '../run.ts';
import { beforeSuspect, mustEndBefore } from '../suspect-barrier.ts';
import { type Reading, readAnswer } from './answer.ts';
import { BatchCalls, type CallBatchHandler } from './batch-calls.ts';
import { failuresOfEach } from './full-batch-failure.ts';
import type { Reports } from './reports.ts';

/** Judges the answers of a handler that gets many records at once, and calls it again if that moves the checkpoint. */
export class BatchRun implements Run {
  readonly #options: RunOptions;
  readonly #reports: Reports;
  readonly #handler: CallBatchHandler;
  readonly #calls: BatchCalls;
  /** Records that are called alone: suspects, and members of a unit that was reported by its shared number. */
  readonly #lone: Set<number>;

  constructor(options: RunOptions, reports: Reports, handler: CallBatchHandler) {
    this.#options = options;
    this.#reports = reports;
    this.#handler = handler;
    this.#calls = new BatchCalls(options);
    this.#lone = new Set([...options.batchState.suspects(), ...cutApart(options)]);
  }

  /** From here on no answer of the handler or the sink has an effect. */
  close(): void {
    this.#calls.close();
  }

  /**
   * Calls the handler with the admitted records, and again with the records behind a quarantined one.
   *
   * @throws the handler's own error if several records were in the call, so that Lambda can bisect the batch
   */
  run(): Promise<void> {
    return this.#calls.within(() => this.#run());
  }

  async #run(): Promise<void> {
    const { batch, batchState, arbiter, environment, emit } = this.#options;
    let indexes = await this.#calls.admit(laneNames(batch, 'key'));
    const suspects = new Set(batchState.suspects());
    if (suspects.size > 0) emit({ type: 'crash-found', suspects: suspects.size });
    const started = new Set<number>();
    while (indexes.length > 0 && this.#calls.mayCall()) {
      const together = beforeSuspect(indexes, this.#lone);
      const alone = suspects.has(together[0]!);
      if (alone && mustEndBefore(together[0]!, this.#options)) break;
      const clear = this.#calls.clears(alone);
      if (clear !== true) {
        if (await clear) continue;
        break;
      }
      for (const index of together) {
        // The previous call stopped at another record: that was no attempt on this one.
        if (started.has(index)) arbiter.startTogether(index);
        else arbiter.start(index, alone && environment.zombies.count === 0);
        started.add(index);
      }
      const end = await this.#calls.call(this.#handler, together);
      this.#calls.release();
      if (this.#calls.closed) return;
      if (end.how === 'cut-off') return this.#cutOff(together, end.error);
      if (end.how === 'rejected') await this.#judgeThrow(end.error, together);
      else await this.#judgeAnswer(end.answer, together, end.cutBy);
      const left = together.filter((index) => !batchState.isResolved(index));
      if (left.some((index) => batchState.outcome(index) !== 'deferred')) break;
      indexes = [...left, ...indexes.slice(together.length)];
    }
  }

  /**
   * @param cutBy the abort reason, if the call was aborted before it answered
   * @throws UndamError `unreadable-answer` if several records were in the call
   */
  async #judgeAnswer(answer: unknown, indexes: readonly number[], cutBy: UndamError | undefined): Promise<void> {
    const { batch, emit } = this.#options;
    const reading = readAnswer(
      answer,
      indexes.map((index) => batch.sequenceNumbers[index]!),
    );
    if (reading.kind !== 'unreadable') return this.#apply(reading, indexes, cutBy);
    emit({ type: 'answer-unreadable', problem: reading.problem });
    if (cutBy !== undefined) return this.#cutOff(indexes, cutBy);
    await this.#judgeThrow(new UndamError('unreadable-answer', `the handler's answer: ${reading.problem}`), indexes);
  }

  /** Rethrows an error that does not show the failure of each record in the call. */
  async #judgeThrow(error: unknown, indexes: readonly number[], settled: boolean = true): Promise<void> {
    const { arbiter } = this.#options;
    const failures = failuresOfEach(error, indexes.length, this.#reports === 'every', (each) =>
      arbiter.judgement(indexes[0]!, each),
    );
    if (failures === undefined) {
      if (settled) for (const index of indexes) arbiter.endTogether(index);
      await this.#calls.allSent();
      throw error;
    }
    const how = settled ? 'rejected' : 'cut-off';
    for (const [position, index] of indexes.entries()) {
      const attempt = { how, error: failures.errors[position], settled } as const;
      this.#calls.fail(index, failures.areOwn ? attempt : { ...attempt, judgement: 'ordinary' });
    }
    await this.#calls.allSent();
  }

  async #apply(
    reading: Exclude<Reading, { kind: 'unreadable' }>,
    indexes: readonly number[],
    cutBy: UndamError | undefined,
  ): Promise<void> {
    const { arbiter, batchState } = this.#options;
    const every = reading.kind === 'settled' || this.#reports === 'every';
    const named = reading.kind === 'settled' ? [] : every ? reading.failed : this.#lowest(reading.failed, indexes);
    const failures =
      reading.kind === 'settled' ? reading.failures : new Map(named.map((position) => [position, reported]));
    const [lowest = indexes.length] = failures.keys();
    const unclear = this.#unclearIn(named, indexes);
    for (const [position, index] of indexes.entries()) {
      if (unclear.has(index) && (cutBy === undefined || index !== batchState.head)) arbiter.giveBack(index, true);
      else if (!failures.has(position)) {
        if (every || position < lowest) arbiter.done(index);
        else arbiter.endTogether(index);
      } else if (cutBy === undefined)
        this.#calls.fail(index, { how: 'rejected', error: failures.get(position), settled: true });
      // Failures that an aborted handler names come from the abort.
      else this.#calls.fail(index, { how: 'cut-off', error: cutBy, settled: true });
    }
    await this.#calls.allSent();
  }

  /** The positions of the lowest reported number, at which the handler may have stopped. */
  #lowest(failed: readonly number[], indexes: readonly number[]): readonly number[] {
    const { sequenceNumbers, units } = this.#options.batch;
    if (units === undefined) return failed.slice(0, 1);
    const numberAt = (position: number): string => sequenceNumbers[indexes[position]!]!;
    return failed.filter((position) => numberAt(position) === numberAt(failed[0]!));
  }

  /** Reported members of one unit in the same call: they share the reported number, so each is called alone. */
  #unclearIn(positions: readonly number[], indexes: readonly number[]): ReadonlySet<number> {
    const { sequenceNumbers, units } = this.#options.batch;
    if (units === undefined) return noRecords;
    const named = positions.map((position) => indexes[position]!);
    const counts = Map.groupBy(named, (index) => sequenceNumbers[index]!);
    const unclear = new Set([...counts.values()].filter(({ length }) => length > 1).flat());
    for (const index of unclear) this.#lone.add(index);
    return unclear;
  }

  /** The budget ended during a call: no record is charged, except the first of the batch if it was alone. */
  async #cutOff(indexes: readonly number[], error: unknown): Promise<void> {
    if (indexes.includes(this.#options.batchState.head)) await this.#judgeThrow(error, indexes, false);
    else await this.#calls.allSent();
  }
}

/** Members of units that a call of an earlier invocation could not tell apart. */
function cutApart({ batch: { units }, batchState }: RunOptions): number[] {
  return [...(units?.values() ?? [])].flatMap((members) => members.filter((index) => batchState.wasGivenBack(index)));
}

const noRecords: ReadonlySet<number> = new Set();

/** The error of a record that the handler reported without an error. */
const reported = new Error('the handler reported this record in batchItemFailures');
reported.name = 'BatchItemFailure';
// Nothing threw it.
delete reported.stack;
