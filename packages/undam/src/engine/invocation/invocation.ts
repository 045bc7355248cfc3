import type { Ambient } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { textOf } from '../../base/text.ts';
import type { Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import type { LambdaContext } from '../../streams/lambda-context.ts';
import { type Batch, readBatch } from '../../streams/read-batch.ts';
import type { BatchResponse } from '../../streams/response.ts';
import { Arbiter } from '../judge/arbiter.ts';
import { BatchState } from '../judge/batch-state.ts';
import { type Outbox, outboxTo } from '../quarantine/outbox.ts';
import { InvocationMarks } from '../recall/marks.ts';
import { Recall } from '../recall/recall.ts';
import { asChanged, isOf, sharesRecords } from '../recall/visible-batch.ts';
import type { Run, RunOptions } from '../run/run.ts';
import { bounds } from '../time/bounds.ts';
import { planBudget } from '../time/budget.ts';
import { Deadline } from '../time/deadline.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import { Conclusion, type Ending } from './conclusion.ts';
import { restoreGlobal } from './global-scope.ts';
import { Observation } from './observation.ts';
import { partialBatchMissing, type Settings } from './settings.ts';

/**
 * One invocation of the function, from our first hook to our last: the middlewares' settings, the recall, the run and the
 * response. Nothing of it outlives `close()`.
 */
export class Invocation implements Ending {
  readonly event: unknown;
  readonly context: LambdaContext;
  /** The event's own array of records. */
  readonly records: unknown;
  readonly settings: Settings = {};
  readonly emit: Emit;
  readonly conclusion: Conclusion;
  /** True once a handler wrapper has taken the invocation. */
  isTaken = false;

  readonly #ambient: Ambient;
  readonly #timer: Timer;
  readonly #deadline: Deadline;
  readonly #observation: Observation;
  #batch: Batch | undefined;
  #recall: Recall | undefined;
  #marks: InvocationMarks | undefined;
  #run: Pick<Run, 'close'> | undefined;
  #outbox: Outbox | undefined;

  constructor(event: unknown, context: LambdaContext, ambient: Ambient) {
    this.event = event;
    this.records = eventRecords(event);
    this.context = context;
    this.#ambient = ambient;
    const now = ambient.clock.now();
    this.#deadline = new Deadline(context, now);
    this.#observation = new Observation(ambient.clock, now, context, this.settings);
    this.emit = this.#observation.emit;
    this.#timer = startTimer(ambient.clock, now);
    this.conclusion = new Conclusion(this);
  }

  /** True if Lambda delivered no records, as in a tumbling window or a smoke test. */
  get isEmpty(): boolean {
    return this.#batch?.records.length === 0;
  }

  /** True if the event, as another middleware left it, could be this invocation's. */
  isOf(event: unknown): boolean {
    return this.#batch !== undefined && isOf(this.#batch, event);
  }

  /** True if the event has a record of this invocation. */
  sharesRecords(event: unknown): boolean {
    return this.#batch !== undefined && sharesRecords(this.#batch, event);
  }

  /**
   * Watches other middlewares' hooks, which can keep our last hook from running. Until it runs, the event loop must not drain:
   * Lambda takes silence for success.
   *
   * @param left how Middy bypassed our hooks, if it did
   * @param end receives an error if other middlewares took longer than Lambda's maximum time-out
   */
  watchUntil(
    left: () => 'answered-early' | 'failed' | undefined,
    end: (error?: UndamError) => void,
    failedAt: number = Infinity,
  ): void {
    this.#timer.at(this.#ambient.clock.now() + 50, () => {
      const now = this.#ambient.clock.now();
      const isRunning = this.isTaken && this.conclusion.isOpen;
      if (now >= this.#deadline.latest && !isRunning) return end(tooLong());
      const how = left();
      const since = how === 'failed' ? Math.min(failedAt, now) : Infinity;
      if (how === 'answered-early' || now >= since + bounds.onErrorMs) end();
      else this.watchUntil(left, end, since);
    });
  }

  /**
   * Reads the event as Lambda delivered it, before other middlewares change it.
   *
   * @throws UndamError if the event is not a stream event
   */
  read(): void {
    const batch = readBatch(this.event);
    this.#batch = batch;
    this.#observation.read(batch);
  }

  /** Asks the ledger. A synchronous answer costs no turn of the event loop. */
  recall(): void | Promise<void> {
    const batch = this.#batchOrFail();
    const { ledger, redeliveries } = this.#partialBatch();
    const { eventSourceArn, shardId } = batch;
    const key = { functionArn: this.#functionArn(), eventSourceArn, shardId };
    const { clock } = this.#ambient;
    const recall = new Recall({ ledger, key, batch, redeliveries, clock, timer: this.#timer, emit: this.emit });
    this.#recall = recall;
    const recalling = recall.recall(this.#deadline.at);
    const mark = (): void => {
      this.#marks = recall.mark();
    };
    return recalling === undefined ? mark() : recalling.then(mark);
  }

  /** Runs a handler over the batch, with the records as `event` has them, to the response. */
  run(event: unknown, begin: (options: RunOptions) => Run): Promise<BatchResponse> {
    const response = this.conclusion.settle(async () => {
      const options = this.#begin(asChanged(this.#batchOrFail(), event));
      this.#deadline.demandTime(this.#ambient.clock.now(), options.budget.endsAt, this.settings.timeBudget?.reserveMs);
      const run = begin(options);
      this.#run = run;
      await run.run();
      return options.batchState;
    });
    // In its first turn the handler may have broken the global `Promise` by which Middy awaits the response.
    restoreGlobal('Promise', this.emit);
    return response;
  }

  /** Our last hook: stops the timer and sums the invocation up. */
  close(): void {
    this.closeRun();
    this.#marks?.close();
    this.#timer.stop();
    const { conclusion } = this;
    this.#observation.end(
      conclusion.how,
      conclusion.batchState,
      this.#deadline.isKnown ? this.#deadline.at : Infinity,
      this.settings.timeBudget,
    );
  }

  closeRun(): void {
    this.#run?.close();
    this.#outbox?.close();
  }

  #begin(batch: Batch): RunOptions {
    const { quarantine, timeBudget } = this.settings;
    const { environment } = this.#partialBatch();
    const { emit } = this;
    const functionVersion: unknown = this.context.functionVersion;
    const { clock } = this.#ambient;
    const budget = planBudget(this.#deadline.at, timeBudget);
    const outbox = quarantine && outboxTo(quarantine.sink, clock, this.#timer, budget.sendBy, this.#deadline.storeMs);
    this.#outbox = outbox;
    const batchState = new BatchState(batch, this.#recall);
    this.conclusion.begin(batch, batchState);
    const arbiter = new Arbiter({
      batch,
      batchState,
      rules: quarantine && outbox && { ...quarantine, outbox },
      retryBy: budget.retryBy,
      identity: {
        functionArn: this.#functionArn(),
        ...(typeof functionVersion === 'string' && { functionVersion }),
      },
      ambient: this.#ambient,
      marks: this.#marks ?? new InvocationMarks(undefined, emit, this.#timer),
      emit,
    });
    return {
      batch,
      batchState,
      arbiter,
      context: this.context,
      budget,
      ambient: this.#ambient,
      timer: this.#timer,
      environment,
      emit,
    };
  }

  remember(changes: ReadonlyMap<string, Memory | undefined>, checkpoint?: number): Promise<void> | undefined {
    const recall = this.#recall;
    if (recall === undefined || !recall.hasToWrite(changes)) return undefined;
    const { respondBy } = planBudget(this.#deadline.at, this.settings.timeBudget);
    return recall.remember(
      changes,
      checkpoint,
      Math.min(respondBy, this.#ambient.clock.now() + this.#deadline.storeMs),
    );
  }

  markAnswered(known: Memories, behind: readonly string[]): void {
    this.#marks?.answered(known, behind);
  }

  withdrawMarks(): void {
    this.#marks?.withdraw();
  }

  watchAgain(): void {
    this.#timer.resume();
  }

  #functionArn(): string {
    return textOf(this.context.invokedFunctionArn) ?? '';
  }

  #batchOrFail(): Batch {
    if (this.#batch === undefined) throw partialBatchMissing();
    return this.#batch;
  }

  #partialBatch(): NonNullable<Settings['partialBatch']> {
    if (this.settings.partialBatch === undefined) throw partialBatchMissing();
    return this.settings.partialBatch;
  }
}

function tooLong(): UndamError {
  return new UndamError(
    'too-slow',
    "another middleware's hook did not settle within 15 minutes, Lambda's maximum time-out: bound its waits",
  );
}

function eventRecords(event: unknown): unknown {
  return (event as { Records?: unknown } | null | undefined)?.Records;
}
