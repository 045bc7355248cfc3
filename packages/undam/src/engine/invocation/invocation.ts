import type { Ambient } from '../../base/clock.ts';
import { UndamError } from '../../base/errors.ts';
import { Map } from '../../base/intrinsics.ts';
import { textOf } from '../../base/text.ts';
import type { Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import { type Batch, readBatch } from '../../streams/batch.ts';
import { type LambdaContext, remainingMs } from '../../streams/lambda-context.ts';
import type { BatchResponse } from '../../streams/response.ts';
import { isMember } from '../../streams/units.ts';
import { Arbiter } from '../judge/arbiter.ts';
import { BatchState } from '../judge/batch-state.ts';
import { type Outbox, outboxTo } from '../quarantine/outbox.ts';
import { knownOf } from '../recall/continued-unit.ts';
import { withoutLostAnswer } from '../recall/lost-answer.ts';
import { InvocationMarks } from '../recall/marks.ts';
import { type Recall, recallOf } from '../recall/recall.ts';
import { cutOtherwise, passedBy, someReported } from '../recall/redeliveries.ts';
import { asChanged, isOf, sharesRecords } from '../recall/visible-batch.ts';
import type { Run, RunOptions } from '../run/handler-run.ts';
import { bounds } from '../time/bounds.ts';
import { type Budget, planBudget } from '../time/budget.ts';
import { startTimer, type Timer } from '../time/timer.ts';
import { type Conclusion, conclusionOf } from './conclusion.ts';
import { restoreGlobal } from './global-scope.ts';
import { Observation } from './observation.ts';
import { partialBatchMissing, type Settings } from './settings.ts';

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

  readonly #ambient: Ambient;
  readonly #timer: Timer;
  readonly #deadline: number;
  readonly #longestUntil: number;
  /** The context tells how much time is left. */
  readonly #isTimed: boolean;
  readonly #observation: Observation;
  #batch: Batch | undefined;
  #memories: Memories = new Map();
  /** Records that are not to be remembered as done. */
  #notKept: readonly string[] = [];
  /** Records that will not come again, or of which an equal one may have been meant. */
  readonly #outdated = new Map<string, undefined>();
  #recall: Recall | undefined;
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
    const remaining = remainingMs(context);
    this.#isTimed = remaining !== undefined;
    this.#longestUntil = now + bounds.invocationMs;
    this.#deadline = remaining === undefined ? this.#longestUntil : now + remaining;
    this.#observation = new Observation(ambient.clock, now, context, () => this.settings.partialBatch?.observe);
    this.#timer = startTimer(ambient.clock, now);
    this.conclusion = conclusionOf({
      remember: (changes, checkpoint) => this.#remember(changes, checkpoint),
      emit: this.#observation.emit,
      closeRun: () => this.#closeRun(),
      answered: (known, behind) => this.#marks?.answered(known, behind),
      withdrawMarks: () => this.#marks?.withdraw(),
      watchAgain: () => this.#timer.resume(),
    });
  }

  /** Tells who observes. */
  get emit(): Emit {
    return this.#observation.emit;
  }

  /** Lambda delivered no record, as it does for a tumbling window, and as a smoke test may. */
  get isEmpty(): boolean {
    return this.#batch?.records.length === 0;
  }

  /** Whether an event could be this invocation's, as another middleware left it. */
  isOf(event: unknown): boolean {
    return this.#batch !== undefined && isOf(this.#batch, event);
  }

  /** Whether an event has some record of this invocation's. */
  sharesRecords(event: unknown): boolean {
    return this.#batch !== undefined && sharesRecords(this.#batch, event);
  }

  /**
   * Watches over hooks that are not ours, which can keep our last one from being reached. Until then the event loop must
   * not drain: silence would be taken for success.
   *
   * @param end is given the error of an invocation that others have kept longer than any of Lambda's is
   */
  watchUntil(
    left: () => 'answered-early' | 'failed' | undefined,
    end: (error?: UndamError) => void,
    failedAt: number = Infinity,
  ): void {
    this.#timer.at(this.#ambient.clock.now() + 50, () => {
      const now = this.#ambient.clock.now();
      const isRunning = this.claimed && this.conclusion.isOpen();
      if (now >= this.#longestUntil && !isRunning) return end(tooLong());
      const how = left();
      const since = how === 'failed' ? Math.min(failedAt, now) : Infinity;
      if (how === 'answered-early' || now >= since + bounds.onErrorMs) end();
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
    this.#batch = batch;
    this.#observation.read(batch);
  }

  /** Asks the ledger. Costs no turn of the loop where that answers at once. */
  recall(): void | Promise<void> {
    const { eventSourceArn, shardId, ids } = this.#batchOrFail();
    const { ledger, redeliveries } = this.#partialBatch();
    const key = { functionArn: this.#functionArn(), eventSourceArn, shardId };
    const recall = recallOf(ledger, key, this.#ambient.clock, this.#timer, this.emit);
    this.#recall = recall;
    const recalling = recall.recall(ids, this.#deadline, (memories, others) => {
      this.#know(memories, others);
      if (someReported(memories)) redeliveries.seen = true;
      if (others.size > 0) this.#forget(others);
    });
    const mark = (): void => {
      this.#marks = recall.mark();
    };
    return recalling === undefined ? mark() : recalling.then(mark);
  }

  #know(memories: Memories, others: Memories): void {
    const known = knownOf(this.#batchOrFail(), memories, others);
    for (const id of known.outdated) this.#outdated.set(id, undefined);
    this.#memories = withoutLostAnswer(known.memories, this.emit);
  }

  /** What cannot come again under these ids is forgotten with the next write. What was reported, and Lambda has moved past, is told. */
  #forget(others: Memories): void {
    const batch = this.#batchOrFail();
    const { redeliveries } = this.#partialBatch();
    const { outdated, here } = cutOtherwise(batch, others);
    for (const id of outdated) this.#outdated.set(id, undefined);
    this.#notKept = here;
    for (const { id, sequenceNumber, times, behind } of passedBy(batch, others)) {
      this.#outdated.set(id, undefined);
      const likely = redeliveries.meaningOf(times, this.#recall?.isShared === true && !isMember(id));
      if (likely === undefined) continue;
      const record = { index: behind, sequenceNumber: batch.sequenceNumbers[behind]!, shardId: batch.shardId };
      this.emit({ type: 'passed-unresolved', sequenceNumber, behind: record, times, likely });
    }
  }

  /** Runs a handler over the batch, as `event` has it, to the response. */
  run(event: unknown, begin: (options: RunOptions) => Run): Promise<BatchResponse> {
    const response = this.conclusion.settle(async () => {
      const options = this.#begin(asChanged(this.#batchOrFail(), event));
      this.#demandTime(options.budget);
      const run = begin(options);
      this.#run = run;
      await run.run();
      return options.batchState;
    });
    // The first turn of the handler may have left nothing that Middy could await the response with.
    restoreGlobal('Promise', this.emit);
    return response;
  }

  /** Our last hook: no timer of ours is left, and what there was is summed up. */
  close(): void {
    this.#closeRun();
    this.#marks?.close();
    this.#timer.stop();
    const { conclusion } = this;
    this.#observation.end(
      conclusion.how(),
      conclusion.batchState(),
      this.#isTimed ? this.#deadline : Infinity,
      this.settings.timeBudget,
    );
  }

  /** Nothing starts and nothing is sent any more. */
  #closeRun(): void {
    this.#run?.close();
    this.#outbox?.close();
  }

  #begin(batch: Batch): RunOptions {
    const { quarantine, timeBudget } = this.settings;
    const { environment } = this.#partialBatch();
    const { emit } = this;
    const functionVersion: unknown = this.context.functionVersion;
    const { clock } = this.#ambient;
    const budget = planBudget(this.#deadline, timeBudget);
    const outbox = quarantine && outboxTo(quarantine.sink, clock, this.#timer, budget.sendBy, this.#storeMs);
    this.#outbox = outbox;
    const batchState = new BatchState(batch, this.#memories, this.#outdated);
    this.conclusion.over(batch, batchState);
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

  #remember(
    changes: ReadonlyMap<string, Memory | undefined>,
    checkpoint: number | undefined,
  ): Promise<void> | undefined {
    if (changes.size + this.#outdated.size === 0 && this.#recall?.claims !== true) return undefined;
    const { respondBy } = planBudget(this.#deadline, this.settings.timeBudget);
    const passed = checkpoint === undefined ? undefined : this.#batchOrFail().ids.slice(0, checkpoint);
    const limit = Math.min(respondBy, this.#ambient.clock.now() + this.#storeMs);
    const all = new Map([...this.#outdated, ...changes]);
    for (const id of this.#notKept) if (!all.has(id) || all.get(id)?.state === 'done') all.set(id, undefined);
    const forgotten = this.#toForgetFirst(changes);
    if (forgotten.size === 0) return this.#recall?.remember(all, passed, limit);
    return this.#recall?.remember(forgotten, undefined, limit).then(() => this.#recall?.remember(all, passed, limit));
  }

  /** What is known as resolved of an equal record stays so in any merge, and this one is not. */
  #toForgetFirst(changes: ReadonlyMap<string, Memory | undefined>): Map<string, undefined> {
    const forgotten = new Map<string, undefined>();
    for (const id of this.#outdated.keys()) if (changes.get(id) !== undefined) forgotten.set(id, undefined);
    return forgotten;
  }

  #functionArn(): string {
    return textOf(this.context.invokedFunctionArn) ?? '';
  }

  /** What one send or one write may take. */
  get #storeMs(): number {
    return this.#isTimed ? bounds.storeMs : bounds.storeWithoutDeadlineMs;
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
    'another middleware did not settle within the longest time that Lambda gives an invocation',
  );
}

export function recordsOf(event: unknown): unknown {
  return (event as { Records?: unknown } | null | undefined)?.Records;
}
