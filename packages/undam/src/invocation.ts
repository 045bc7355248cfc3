import { Arbiter } from './arbiter.ts';
import { type Batch, readBatch } from './batch.ts';
import { BatchRun } from './batch-run.ts';
import { type Budget, planBudget } from './budget.ts';
import type { Ambient } from './clock.ts';
import { Conclusion } from './conclusion.ts';
import { UndamError } from './errors.ts';
import { Fates } from './fates.ts';
import { InvocationMarks } from './invocation-marks.ts';
import type { LambdaContext } from './lambda-context.ts';
import type { Memory } from './ledger.ts';
import { Observation } from './observation.ts';
import type { Emit } from './observe.ts';
import { Outbox } from './outbox.ts';
import type { BatchResponse } from './outcome.ts';
import { Recollection } from './recollection.ts';
import type { Run, RunOptions } from './run.ts';
import { partialBatchMissing, type Settings } from './settings.ts';
import { ShownBatch } from './shown-batch.ts';
import { isThenable, unheard } from './thenable.ts';
import type { Failure } from './verdict.ts';
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
  #shown: ShownBatch | undefined;
  #recollection: Recollection | undefined;
  #marks: InvocationMarks | undefined;
  #run: Pick<Run, 'close'> | undefined;
  #outbox: Outbox | undefined;
  /** How it ends; what a failure, an answer or an error behind it means is told to this. */
  readonly conclusion: Conclusion;

  constructor(event: unknown, context: LambdaContext, ambient: Ambient) {
    this.event = event;
    this.records = recordsOf(event);
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

  /** The event without what the handler is not to see. */
  get shownEvent(): unknown {
    return this.#shown === undefined ? this.event : this.#shown.event;
  }

  /** Whether an event could be this invocation's, as another middleware left it. */
  isOf(event: unknown): boolean {
    return this.#shown?.isOf(event) === true;
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
    const batch = readBatch(this.event);
    this.#shown = new ShownBatch(batch, this.event);
    this.#observation.read(batch);
  }

  /**
   * Asks the ledger, and hides from `event` what the handler is not to see. Costs no turn of the loop where the ledger
   * answers at once.
   *
   * @param isBare nobody wraps handlers in this process: this one gets the whole event in one call
   */
  recall(event: unknown, isBare: boolean): void | Promise<void> {
    const shown = this.#shownOrFail();
    const { eventSourceArn, shardId, sequenceNumbers } = shown.delivered;
    const { ledger, crew } = this.#partialBatch();
    const key = { functionArn: this.#functionArn(), eventSourceArn, shardId };
    const recollection = new Recollection(ledger, key, this.#ambient.clock, this.#watch, this.emit);
    this.#recollection = recollection;
    shown.replace(event);
    const recalling = recollection.recall(sequenceNumbers, this.#deadline, (memories) =>
      shown.recalled(memories, isBare, this.#attempts),
    );
    const mark = (): void => {
      this.#marks = recollection.mark();
      if (isBare && this.#marks.everyStart) shown.mark(this.#marks, crew.zombies);
    };
    return recalling === undefined ? mark() : recalling.then(mark);
  }

  /**
   * Hides from a handler that nobody wrapped what it is not to see by the settings that are known so far. Answers whether
   * there is something to hide.
   */
  hideMore(event: unknown): boolean {
    return this.#shown?.hideMore(event, this.#attempts, this.#marks) === true;
  }

  /** Runs a wrapped handler over the batch, as `event` has it, to the response. */
  async run(event: unknown, begin: (options: RunOptions) => Run): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const options = this.#begin(this.#shownOrFail().as(event));
      this.#demandTime(options.budget);
      const run = begin(options);
      this.#run = run;
      await run.run();
      return options.fates;
    });
  }

  /** Judges the answer of a handler that nobody wrapped, and that got `event`. */
  async judgeAnswer(answer: unknown, event: unknown): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const shown = this.#shownOrFail();
      // A handler may empty its event; one that is another object was made by a middleware.
      const { fates, run } = this.#beginBare(event === shown.event ? shown.delivered : shown.as(event));
      const indexes = run.admitShown(shown.hidden);
      await (isToBeAwaited(answer) ? run.judgeLater(answer, indexes) : run.judgeAnswer(answer, indexes));
      return fates;
    });
  }

  /** Judges the throw of a handler that nobody wrapped; rethrows it where several records were in the call. */
  async judgeThrow(error: unknown, how: Failure): Promise<BatchResponse> {
    return this.conclusion.settle(async () => {
      const { delivered, hidden } = this.#shownOrFail();
      const { fates, run, crew } = this.#beginBare(delivered);
      // Whether it has settled Middy does not tell: for all we know, it runs as long as the process.
      if (how === 'timed-out') crew.zombies++;
      await run.judgeThrow(error, run.admitShown(hidden), how);
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

  #begin(batch: Batch): RunOptions {
    const { quarantine, timeBudget } = this.settings;
    const { crew, reports } = this.#partialBatch();
    const { emit } = this;
    const { functionVersion } = this.context;
    const { clock } = this.#ambient;
    const budget = planBudget(this.#deadline, timeBudget);
    const outbox = quarantine && new Outbox(quarantine.sink, clock, this.#watch, budget.sendBy);
    this.#outbox = outbox;
    const fates = new Fates(batch, this.#shownOrFail().memories);
    this.conclusion.over(batch, fates);
    const arbiter = new Arbiter({
      batch,
      fates,
      rules: quarantine && outbox && { ...quarantine, outbox },
      identity: {
        functionArn: this.#functionArn(),
        ...(functionVersion && { functionVersion }),
      },
      clock,
      marks: this.#marks ?? new InvocationMarks(undefined, emit),
      emit,
    });
    return {
      batch,
      fates,
      arbiter,
      context: this.context,
      budget,
      retry: quarantine?.retry ?? 'redelivery',
      reports,
      ambient: this.#ambient,
      watch: this.#watch,
      crew,
      emit,
    };
  }

  #beginBare(batch: Batch): RunOptions & { readonly run: BatchRun } {
    const options = this.#begin(batch);
    const run = new BatchRun(options);
    this.#run = run;
    return { ...options, run };
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

  #remember(changes: ReadonlyMap<string, Memory | undefined>): Promise<void> | undefined {
    if (changes.size === 0 && this.#recollection?.claims !== true) return undefined;
    const { respondBy } = planBudget(this.#deadline, this.settings.timeBudget);
    return this.#recollection?.remember(changes, respondBy);
  }

  #functionArn(): string {
    return this.context.invokedFunctionArn ?? '';
  }

  /** N, as far as it is known. */
  get #attempts(): number {
    return this.settings.quarantine?.attempts ?? Infinity;
  }

  #shownOrFail(): ShownBatch {
    if (this.#shown === undefined) throw partialBatchMissing();
    return this.#shown;
  }

  #partialBatch(): NonNullable<Settings['partialBatch']> {
    if (this.settings.partialBatch === undefined) throw partialBatchMissing();
    return this.settings.partialBatch;
  }
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
