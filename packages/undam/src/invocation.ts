import { type Batch, readBatch } from './batch.ts';
import { BatchRun, type Reports } from './batch-run.ts';
import { type Budget, planBudget } from './budget.ts';
import { CallRecords } from './call-records.ts';
import type { Ambient } from './clock.ts';
import { Conclusion } from './conclusion.ts';
import type { Crew } from './crew.ts';
import { UndamError } from './errors.ts';
import { type Failure, Fates } from './fates.ts';
import { noAttempts } from './history.ts';
import { InvocationMarks } from './invocation-marks.ts';
import type { LambdaContext } from './lambda-context.ts';
import type { Order } from './lanes.ts';
import type { Memories, Memory } from './ledger.ts';
import { Observation } from './observation.ts';
import type { Emit } from './observe.ts';
import { Outbox } from './outbox.ts';
import type { BatchResponse } from './outcome.ts';
import { Recollection } from './recollection.ts';
import { RecordRun } from './record-run.ts';
import { partialBatchMissing, type RecordHandling, type Settings } from './settings.ts';
import { asShown, type Hidden, hiddenFromBare, isOf, nothingHidden, resolvedIn, showOpen } from './shown-records.ts';
import { SplitRun } from './split-run.ts';
import { isThenable, unheard } from './thenable.ts';
import { Watch } from './watch.ts';

/** How long other middlewares' `onError` hooks are watched over where they may have kept ours from being reached. */
const onErrorMs = 5_000;

/**
 * One invocation of the function, from our first hook to our last: what the middlewares brought, what the ledger
 * recalled, and the one response. Nothing of it outlives `close()`.
 */
export class Invocation {
  readonly event: unknown;
  readonly context: LambdaContext;
  /** The event's own array of records. */
  readonly records: unknown;
  /** The middleware whose hooks are the outermost of ours. */
  opener: unknown;
  readonly settings: Settings = {};
  /** The event without what is already resolved: what a handler that nobody wrapped gets to see. */
  shownEvent: unknown;
  /** An `onError` of ours has been reached and is at work, within the budget. */
  isLeaving = false;
  /** Taken by a handler wrapper. */
  claimed = false;
  /** What a handler that nobody wrapped has thrown, once it is judged. */
  judged: { readonly error: unknown } | undefined;

  readonly #ambient: Ambient;
  readonly #watch: Watch;
  readonly #deadline: number;
  readonly #observation: Observation;
  #batch: Batch | undefined;
  #recollection: Recollection | undefined;
  #memories: Memories = new Map();
  #hidden: Hidden = nothingHidden;
  /** Something is remembered of the batch of a handler that nobody wrapped. */
  #isBare = false;
  #marks: InvocationMarks | undefined;
  #run: { close(): void } | undefined;
  #outbox: Outbox | undefined;
  /** How it ends; what a failure, an answer or an error behind it means is told to this. */
  readonly conclusion: Conclusion;

  constructor(event: unknown, context: LambdaContext, ambient: Ambient) {
    this.event = event;
    this.records = recordsOf(event);
    this.shownEvent = event;
    this.context = context;
    this.#ambient = ambient;
    const now = ambient.clock.now();
    this.#deadline = now + remainingMs(context);
    this.#observation = new Observation(ambient.clock, now, context, () => this.settings.partialBatch?.observe);
    this.#watch = new Watch(ambient.clock, now);
    this.conclusion = new Conclusion({
      remember: (changes) => this.#remember(changes),
      emit: this.#observation.emit,
      closeRun: () => this.#closeRun(),
      closeMarks: () => this.#marks?.close(),
      watchAgain: () => this.#watch.resume(),
    });
  }

  /** Tells who observes. */
  get emit(): Emit {
    return this.#observation.emit;
  }

  /**
   * Watches over hooks that are not ours, which can keep our last one from being reached. Until then the event loop must
   * not drain: silence would be taken for success.
   */
  watchUntil(left: () => 'answered-early' | 'failed' | undefined, end: () => void, failedAt: number = Infinity): void {
    this.#watch.at(this.#ambient.clock.now() + 50, () => {
      const now = this.#ambient.clock.now();
      const how = left();
      const since = how === 'failed' ? Math.min(failedAt, now) : Infinity;
      if (how === 'answered-early' || now >= since + onErrorMs) end();
      else this.watchUntil(left, end, since);
    });
  }

  /**
   * Reads the event while it is as Lambda delivered it.
   *
   * @throws UndamError when the event is none of ours
   */
  read(): void {
    this.#batch = readBatch(this.event);
    this.#observation.read(this.#batch);
  }

  /**
   * Asks the ledger, and hides from `event` what the handler is not to see. Costs no turn of the loop where the ledger
   * answers at once.
   *
   * @param isBare nobody wraps handlers in this process: this one gets the whole event in one call
   */
  recall(event: unknown, isBare: boolean): void | Promise<void> {
    const { eventSourceArn, shardId, sequenceNumbers } = this.#batchOrFail();
    const { ledger } = this.#partialBatch();
    const key = { functionArn: this.#functionArn(), eventSourceArn, shardId };
    const recollection = new Recollection(ledger, key, this.#ambient.clock, this.#watch, this.emit);
    this.#recollection = recollection;
    this.shownEvent = event;
    const recalling = recollection.recall(sequenceNumbers, this.#deadline, (memories) => {
      if (memories.size === 0) return;
      this.#memories = memories;
      this.#isBare = isBare;
      this.#hidden = resolvedIn(sequenceNumbers, memories);
      this.shownEvent = showOpen(event, this.#hidden);
      this.hideMore(event);
    });
    const mark = (): void => {
      this.#marks = recollection.mark();
      if (isBare && this.#marks.everyStart) this.#markShown(this.#marks);
    };
    return recalling === undefined ? mark() : recalling.then(mark);
  }

  /**
   * Hides from a handler that nobody wrapped what it is not to see by the settings that are known so far. Answers whether
   * there is something to hide.
   */
  hideMore(event: unknown): boolean {
    if (!this.#isBare) return false;
    const { attempts = Infinity } = this.settings.quarantine ?? {};
    const more = hiddenFromBare(this.#batchOrFail().sequenceNumbers, this.#memories, attempts);
    if (this.#marks?.everyStart) this.#unmark(more, this.#marks);
    // What was hidden is not in the event any more.
    this.#hidden = new Set([...this.#hidden, ...more]);
    this.shownEvent = showOpen(event, this.#hidden);
    return true;
  }

  /** A handler that nobody wraps starts on everything at once. */
  #markShown(marks: InvocationMarks): void {
    const shown = this.#batchOrFail().sequenceNumbers.filter((sequenceNumber) => !this.#hidden.has(sequenceNumber));
    const isSuspect = shown.length === 1 && this.#memories.get(shown[0]!)?.suspect !== undefined;
    const alone = isSuspect && this.#partialBatch().crew.zombies === 0;
    for (const sequenceNumber of shown) {
      const attempts = this.#memories.get(sequenceNumber)?.attempts ?? noAttempts;
      marks.started(sequenceNumber, { ...attempts, started: attempts.started + 1 }, alone);
    }
  }

  /** What was marked before all settings were known, and does not start after all, is charged with no death. */
  #unmark(hidden: Hidden, marks: InvocationMarks): void {
    for (const sequenceNumber of hidden) {
      const memory = this.#memories.get(sequenceNumber);
      if (memory !== undefined && !this.#hidden.has(sequenceNumber)) marks.learned(sequenceNumber, memory, false);
    }
  }

  /** Whether an event could be this invocation's, as another middleware left it. */
  isOf(event: unknown): boolean {
    return this.#batch !== undefined && isOf(this.#batch, event, this.#hidden);
  }

  /** Runs a record handler over the batch. */
  async runRecords(event: unknown, handling: RecordHandling): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const started = this.#begin(this.#shown(event));
      this.#demandTime(started.budget);
      const { retry = 'redelivery' } = this.settings.quarantine ?? {};
      const run = new RecordRun({ ...started, ...handling, context: this.context, retry, ambient: this.#ambient });
      this.#run = run;
      await run.run();
      return started.fates;
    });
  }

  /** Calls a batch handler with the records of the batch, more than once where that moves the checkpoint. */
  async runBatch(
    event: unknown,
    call: (event: unknown, signal: AbortSignal) => unknown,
    reports?: Reports,
  ): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const { batch, fates, budget, run } = this.#beginBatch(this.#shown(event), reports);
      this.#demandTime(budget);
      const records = new CallRecords(batch);
      const fields = { ...(event as object) };
      await run.run((indexes, signal) => {
        const part = { ...fields, Records: records.take(indexes) };
        return call(indexes.length === batch.records.length ? event : part, signal);
      });
      return fates;
    });
  }

  /** Calls a handler that fails as a whole, with ever smaller parts of the batch where it throws. */
  async runSplit(
    event: unknown,
    order: Order,
    call: (event: unknown, signal: AbortSignal) => unknown,
  ): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const { batch, ...started } = this.#begin(this.#shown(event));
      this.#demandTime(started.budget);
      const { retry = 'redelivery' } = this.settings.quarantine ?? {};
      const { clock, random } = this.#ambient;
      const run = new SplitRun({ ...started, batch, order, retry, clock, random });
      this.#run = run;
      // As it was delivered: what the handler does to the event of one call does not show in the next.
      const fields = { ...(event as object) };
      const records = new CallRecords(batch);
      await run.run((indexes, signal) => call({ ...fields, Records: records.take(indexes) }, signal));
      return started.fates;
    });
  }

  /** Judges the answer of a handler that nobody wrapped, and that got `event`. */
  async judgeAnswer(answer: unknown, event: unknown): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      // A handler may empty its event; one that is another object was made by a middleware.
      const batch = event === this.shownEvent ? this.#batchOrFail() : this.#shown(event);
      const { fates, run } = this.#beginBatch(batch);
      const shown = run.admitShown(this.#hidden);
      await (isToBeAwaited(answer) ? run.judgeLater(answer, shown) : run.judgeAnswer(answer, shown));
      return fates;
    });
  }

  /** Judges the throw of a handler that nobody wrapped; rethrows it where several records were in the call. */
  async judgeThrow(error: unknown, how: Failure): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const { fates, run, crew } = this.#beginBatch(this.#batchOrFail());
      // Whether it has settled Middy does not tell: for all we know, it runs as long as the process.
      if (how === 'timed-out') crew.zombies++;
      await run.judgeThrow(error, run.admitShown(this.#hidden), how);
      return fates;
    });
  }

  /** Our last hook: no timer of ours is left, and what there was is summed up. */
  close(): void {
    this.#closeRun();
    this.#marks?.close();
    this.#watch.stop();
    const { how, fates } = this.conclusion;
    this.#observation.end(how, fates, this.#deadline, this.settings.timeBudget);
  }

  /** Nothing starts and nothing is sent any more. */
  #closeRun(): void {
    this.#run?.close();
    this.#outbox?.close();
  }

  #begin(batch: Batch): Started {
    const { quarantine, timeBudget } = this.settings;
    const { crew } = this.#partialBatch();
    const { clock } = this.#ambient;
    const { emit } = this;
    const budget = planBudget(this.#deadline, timeBudget);
    const outbox = quarantine && new Outbox(quarantine.sink, clock, this.#watch, budget.sendBy);
    this.#outbox = outbox;
    const fates = new Fates(
      batch,
      this.#memories,
      quarantine && outbox && { ...quarantine, outbox },
      {
        functionArn: this.#functionArn(),
        ...(this.context.functionVersion && { functionVersion: this.context.functionVersion }),
      },
      clock,
      this.#marks ?? new InvocationMarks(undefined, emit),
      emit,
    );
    this.conclusion.over(batch, fates);
    return { batch, fates, budget, watch: this.#watch, crew, emit };
  }

  /** @throws UndamError `no-time`: better no start than one that is charged for having had no time */
  #demandTime({ endsAt }: Budget): void {
    const now = this.#ambient.clock.now();
    if (now < endsAt) return;
    const { reserveMs } = this.settings.timeBudget ?? {};
    throw new UndamError(
      'no-time',
      `${Math.max(0, Math.round(this.#deadline - now))} ms are left to the function's timeout, and reserveMs keeps ${reserveMs} ms of them free: no record can start. Raise the function's Timeout or lower reserveMs`,
    );
  }

  #beginBatch(batch: Batch, reports: Reports = this.#partialBatch().reports): Started & { readonly run: BatchRun } {
    const started = this.#begin(batch);
    const run = new BatchRun({ ...started, reports, clock: this.#ambient.clock });
    this.#run = run;
    return { ...started, run };
  }

  /** The batch as the handler is to see it. */
  #shown(event: unknown): Batch {
    return asShown(this.#batchOrFail(), event, this.#hidden);
  }

  #remember(changes: ReadonlyMap<string, Memory | undefined>): Promise<void> | undefined {
    if (changes.size === 0 && this.#recollection?.claims !== true) return undefined;
    const { respondBy } = planBudget(this.#deadline, this.settings.timeBudget);
    return this.#recollection?.remember(changes, respondBy);
  }

  #functionArn(): string {
    return this.context.invokedFunctionArn ?? '';
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

/** What a run needs, whichever kind of handler it calls. */
interface Started {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly budget: Budget;
  readonly watch: Watch;
  readonly crew: Crew;
  readonly emit: Emit;
}

function isToBeAwaited(answer: unknown): boolean {
  try {
    return isThenable(answer);
  } catch {
    // A `then` that cannot be read fails when it is awaited, as it does of a handler that is wrapped.
    return true;
  }
}

export function recordsOf(event: unknown): unknown {
  return (event as { Records?: unknown } | null | undefined)?.Records;
}

function remainingMs(context: Partial<LambdaContext>): number {
  const remaining = unheard(() => context.getRemainingTimeInMillis?.());
  return typeof remaining === 'number' && Number.isFinite(remaining) ? remaining : Infinity;
}
