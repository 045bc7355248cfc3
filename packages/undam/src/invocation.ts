import type { Attempt } from './attempt.ts';
import { type Batch, readBatch } from './batch.ts';
import { BatchRun, type Reports } from './batch-run.ts';
import { type Budget, type BudgetSettings, planBudget } from './budget.ts';
import type { Ambient } from './clock.ts';
import { UndamError } from './errors.ts';
import { Fates } from './fates.ts';
import type { IsPermanent } from './judge.ts';
import type { LambdaContext } from './lambda-context.ts';
import type { Order } from './lanes.ts';
import type { Ledger, LedgerKey, Memories, Memory } from './ledger.ts';
import type { Observe } from './observe.ts';
import { Outbox } from './outbox.ts';
import type { BatchResponse } from './outcome.ts';
import { RecordRun } from './record-run.ts';
import type { Retry } from './retry.ts';
import type { Sink } from './sink.ts';
import type { StreamRecord } from './source.ts';
import { Watch } from './watch.ts';

/** What each middleware brings to an invocation. */
export interface Settings {
  partialBatch?: { readonly ledger: Ledger; readonly observe: Observe; readonly reports: Reports };
  quarantine?: {
    readonly sink: Sink;
    readonly attempts: number;
    readonly retry: Retry;
    readonly isPermanent: IsPermanent | undefined;
  };
  timeBudget?: BudgetSettings;
}

/** A handler of one record, as `eachRecord` brings it. */
export interface RecordHandling {
  readonly handler: (record: StreamRecord, attempt: Attempt<unknown>) => unknown;
  readonly decode: ((record: StreamRecord) => unknown) | undefined;
  readonly order: Order;
  readonly concurrency: number;
}

/** How long the ledger may take to answer before the handler starts: at most this, and this share of the time left. */
const recallMs = 1_000;
const recallShare = 0.25;

/** The bound of a ledger's write where no deadline is known. */
const rememberWithoutDeadlineMs = 30_000;

/**
 * One invocation of the function, from our first hook to our last: what the middlewares brought, what the ledger
 * recalled, and the one response. Nothing of it outlives `close()`.
 */
export class Invocation {
  readonly event: unknown;
  readonly context: LambdaContext;
  /** The middleware whose hooks are the outermost of ours. */
  opener: unknown;
  readonly settings: Settings = {};
  /** The event without what is already resolved: what a handler that nobody wrapped gets to see. */
  shownEvent: unknown;
  /** Taken by a handler wrapper. */
  claimed = false;

  readonly #ambient: Ambient;
  readonly #watch: Watch;
  readonly #deadline: number;
  #batch: Batch | undefined;
  #memories: Memories = new Map();
  #run: RecordRun | undefined;
  #fates: Fates | undefined;
  #remembered: ReadonlyMap<string, Memory | undefined> = new Map();
  #phase: 'open' | 'concluded' | 'failed' = 'open';

  constructor(event: unknown, context: LambdaContext, ambient: Ambient) {
    this.event = event;
    this.shownEvent = event;
    this.context = context;
    this.#ambient = ambient;
    this.#watch = new Watch(ambient.clock);
    this.#deadline = ambient.clock.now() + remainingMs(context);
  }

  /** Whether the outcome still has to be settled. */
  get open(): boolean {
    return this.#phase === 'open';
  }

  /** Whether the event has been read: before that, an error has nothing to do with any record. */
  get read(): boolean {
    return this.#batch !== undefined;
  }

  /** Runs `check` now and then, for as long as this invocation lives. */
  everySoOften(check: () => void): void {
    this.#watch.at(this.#ambient.clock.now() + 50, () => {
      check();
      this.everySoOften(check);
    });
  }

  /**
   * Reads the event and asks the ledger. Costs no turn of the loop where the ledger answers at once.
   *
   * @throws UndamError when the event is none of ours
   */
  recall(): void | Promise<void> {
    const batch = readBatch(this.event);
    this.#batch = batch;
    const { ledger } = this.#partialBatch();
    try {
      const answer = ledger.recall(this.#ledgerKey(batch), batch.sequenceNumbers);
      if (!(answer instanceof Promise)) return this.#recalled(answer);
      const now = this.#ambient.clock.now();
      const limit = now + Math.min(recallMs, (this.#deadline - now) * recallShare);
      return this.#within(answer, limit, 'the ledger did not answer')
        .then((memories) => this.#recalled(memories))
        .catch((error) => this.#ledgerFailed('recall', error));
    } catch (error) {
      this.#ledgerFailed('recall', error);
    }
  }

  /** Runs a record handler over the batch. */
  async runRecords(event: unknown, handling: RecordHandling): Promise<BatchResponse> {
    return this.#settle(async () => {
      const { fates, budget, batch, ...shared } = this.#begin(this.#shownRecords(event));
      const { retry = 'redelivery' } = this.settings.quarantine ?? {};
      const { context } = this;
      this.#run = new RecordRun({
        ...handling,
        ...shared,
        batch,
        fates,
        budget,
        context,
        retry,
        ambient: this.#ambient,
      });
      await this.#run.run();
      return fates;
    });
  }

  /** Calls a batch handler with the records of the batch, more than once where that moves the checkpoint. */
  async runBatch(
    event: unknown,
    call: (event: unknown, signal: AbortSignal) => unknown,
    reports?: Reports,
  ): Promise<BatchResponse> {
    return this.#settle(async () => {
      const { batch, fates, run } = this.#beginBatch(this.#shownRecords(event), reports);
      await run.run((indexes, signal) => {
        const all = indexes.length === batch.records.length;
        return call(all ? event : { ...(event as object), Records: indexes.map((i) => batch.records[i]) }, signal);
      });
      return fates;
    });
  }

  /** Judges the answer of a handler that nobody wrapped. */
  async judgeAnswer(answer: unknown): Promise<BatchResponse> {
    return this.#settle(async () => {
      const { fates, run } = this.#beginBatch(this.#batchOrFail());
      await run.judgeAnswer(answer, await run.admit());
      return fates;
    });
  }

  /** Judges the throw of a handler that nobody wrapped; rethrows it where several records were in the call. */
  async judgeThrow(error: unknown): Promise<BatchResponse> {
    return this.#settle(async () => {
      const { fates, run } = this.#beginBatch(this.#batchOrFail());
      const early = (error as { name?: unknown } | null | undefined)?.name === 'TimeoutError';
      await run.judgeThrow(error, await run.admit(), early ? 'timed-out' : 'rejected');
      return fates;
    });
  }

  /** An error of somebody else after the outcome stood: the response is lost, so what was done will be delivered again. */
  async withdraw(): Promise<void> {
    if (this.#phase !== 'concluded') return this.#abandon();
    this.#phase = 'failed';
    const withdrawn = [...this.#remembered].filter(([, memory]) => memory?.state === 'done');
    if (withdrawn.length === 0) return;
    this.#partialBatch().observe({ type: 'done-withdrawn', count: withdrawn.length });
    await this.#remember(new Map(withdrawn.map(([sequenceNumber]) => [sequenceNumber, undefined])));
  }

  /** Our last hook: no timer of ours is left. */
  close(): void {
    this.#run?.close();
    this.#watch.stop();
  }

  /** Runs to the outcome, remembers it, and answers; a throw fails the invocation with its marks closed. */
  async #settle(run: () => Promise<Fates>): Promise<BatchResponse> {
    let fates: Fates;
    try {
      fates = await run();
    } catch (error) {
      await this.#abandon();
      throw error;
    }
    const unresolved = fates.unresolved();
    const { sequenceNumbers } = this.#batchOrFail();
    if (this.open) await this.#remember(fates.changes(unresolved[0] ?? sequenceNumbers.length));
    if (!this.open) throw new UndamError('too-slow', 'the invocation was given up before its outcome stood');
    this.#end('concluded', fates);
    return { batchItemFailures: unresolved.map((index) => ({ itemIdentifier: sequenceNumbers[index]! })) };
  }

  /** The invocation fails as a whole: every record comes again, and what is known of each is kept. */
  async #abandon(): Promise<void> {
    if (this.#phase !== 'open') return;
    this.#run?.close();
    const fates = this.#fates;
    if (fates === undefined) {
      this.#phase = 'failed';
      return;
    }
    this.#end('failed', fates);
    await this.#remember(fates.changes(0));
  }

  #end(phase: 'concluded' | 'failed', fates: Fates): void {
    this.#phase = phase;
    const records = this.#batchOrFail().records.length;
    const responded = phase === 'concluded';
    this.#partialBatch().observe({ type: 'invocation-ended', records, outcomes: fates.tally(), responded });
  }

  #begin(batch: Batch): Started {
    const { quarantine, timeBudget } = this.settings;
    const { clock } = this.#ambient;
    const emit = this.#partialBatch().observe;
    const budget = planBudget(this.#deadline, timeBudget);
    if (timeBudget !== undefined && clock.now() >= budget.endsAt) {
      throw new UndamError(
        'no-time',
        `${Math.max(0, Math.round(this.#deadline - clock.now()))} ms are left to the function's timeout, and reserveMs keeps ${timeBudget.reserveMs} ms of them free: no record can start. Raise the function's Timeout or lower reserveMs`,
      );
    }
    const outbox = quarantine && new Outbox(quarantine.sink, clock, this.#watch, budget.sendBy);
    const fates = new Fates(
      batch,
      this.#memories,
      quarantine && outbox && { ...quarantine, outbox },
      {
        functionArn: this.#functionArn(),
        ...(this.context.functionVersion && { functionVersion: this.context.functionVersion }),
      },
      clock,
      emit,
    );
    this.#fates = fates;
    return { batch, fates, budget, watch: this.#watch, emit };
  }

  #beginBatch(batch: Batch, reports: Reports = this.#partialBatch().reports): Started & { readonly run: BatchRun } {
    const started = this.#begin(batch);
    return { ...started, run: new BatchRun({ ...started, reports, clock: this.#ambient.clock }) };
  }

  /** The batch with the records as other middlewares left them, for those that a handler is to see. */
  #shownRecords(event: unknown): Batch {
    const batch = this.#batchOrFail();
    if (event === this.event || event === this.shownEvent) return batch;
    const shown = readBatch(event);
    const records = new Map(shown.records.map((record, index) => [shown.sequenceNumbers[index]!, record]));
    return {
      ...batch,
      records: batch.records.map((record, index) => {
        const sequenceNumber = batch.sequenceNumbers[index]!;
        const changed = records.get(sequenceNumber) ?? (this.#memories.has(sequenceNumber) ? record : undefined);
        if (changed !== undefined) return changed;
        throw new UndamError(
          'event-changed',
          `Records[${index}] was taken from the event by another middleware: a record that no handler sees can be neither done nor reported. Filter with the mapping's FilterCriteria or inside the handler`,
        );
      }),
    };
  }

  #recalled(answer: Memories): void {
    if (typeof answer?.get !== 'function' || typeof answer.has !== 'function' || typeof answer.size !== 'number') {
      throw new UndamError('bad-option', 'the ledger broke its contract: expected recall() to answer a Map');
    }
    if (answer.size === 0) return;
    this.#memories = answer;
    const { records, sequenceNumbers } = this.#batchOrFail();
    const shown = records.filter((_, index) => (answer.get(sequenceNumbers[index]!)?.state ?? 'open') === 'open');
    if (shown.length < records.length) this.shownEvent = { ...(this.event as object), Records: shown };
  }

  async #remember(changes: ReadonlyMap<string, Memory | undefined>): Promise<void> {
    if (changes.size === 0) return;
    this.#remembered = changes;
    const { ledger } = this.#partialBatch();
    try {
      const answer = ledger.remember(this.#ledgerKey(this.#batchOrFail()), changes);
      if (!(answer instanceof Promise)) return;
      const budget: Budget = planBudget(this.#deadline, this.settings.timeBudget);
      const limit = Math.min(budget.respondBy, this.#ambient.clock.now() + rememberWithoutDeadlineMs);
      await this.#within(answer, limit, 'the ledger did not acknowledge');
    } catch (error) {
      this.#ledgerFailed('remember', error);
    }
  }

  #ledgerFailed(operation: 'recall' | 'remember', error: unknown): void {
    this.#partialBatch().observe({ type: 'ledger-failed', operation, error });
  }

  /** Every await of something that is not ours is bounded. */
  #within<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#watch.at(limit, () => reject(new UndamError('too-slow', `${what} in the time it had`)));
      promise.then(resolve, reject).finally(cancel);
    });
  }

  #ledgerKey({ eventSourceArn, shardId }: Batch): LedgerKey {
    return { functionArn: this.#functionArn(), eventSourceArn, shardId };
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
  readonly emit: Observe;
}

/** The error of a handler or middleware that ran without the one that owns memory and events. */
export function partialBatchMissing(): UndamError {
  return new UndamError(
    'partial-batch-missing',
    'partialBatch() is not among the middlewares of this handler, and nothing can be reported without it: add .use(partialBatch())',
  );
}

function remainingMs(context: Partial<LambdaContext>): number {
  const remaining: unknown = context.getRemainingTimeInMillis?.();
  return typeof remaining === 'number' && Number.isFinite(remaining) ? remaining : Infinity;
}
