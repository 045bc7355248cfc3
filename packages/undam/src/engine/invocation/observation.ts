import type { Clock } from '../../base/clock.ts';
import { textOf } from '../../base/text.ts';
import type { QuarantineReason } from '../../envelope/reasons.ts';
import type { Emit, InvocationEnded, ObservedInvocation, UndamEvent } from '../../observe/events.ts';
import type { LambdaContext } from '../../streams/lambda-context.ts';
import type { Batch } from '../../streams/read-batch.ts';
import type { Outcome } from '../../streams/response.ts';
import type { StreamRecord } from '../../streams/sources.ts';
import type { BatchState } from '../judge/batch-state.ts';
import { type BudgetSettings, planBudget } from '../time/budget.ts';
import type { Settings } from './settings.ts';

/** How an invocation ended: with a response, or as a whole with an error. */
export type HowEnded = Pick<InvocationEnded, 'responded' | 'error'>;

/**
 * The events of one invocation: passes each to the observer as it happens, and sums them up at the end. An invocation in which
 * all goes well emits nothing before the end.
 */
export class Observation {
  readonly #clock: Clock;
  readonly #openedAt: number;
  readonly #settings: Settings;
  readonly #invocation: Observed;
  readonly #tally = {
    attemptsFailed: 0,
    decodeFailures: 0,
    quarantined: {} as Partial<Record<QuarantineReason, number>>,
    sinkFailures: 0,
    ledgerFailures: 0,
    suspects: 0,
    zombies: 0,
  };
  #records = 0;
  #oldestRecordAgeMs: number | undefined;
  #ended = false;

  /** @param settings name the observer, once `partialBatch()` has brought its own */
  constructor(clock: Clock, now: number, context: Partial<LambdaContext>, settings: Settings) {
    this.#clock = clock;
    this.#openedAt = now;
    this.#settings = settings;
    this.#invocation = new Observed(context);
  }

  /** Called once the event has been read. */
  read(batch: Batch): void {
    this.#records = batch.records.length;
    Observed.read(this.#invocation, batch);
    // A shard's records come in order of arrival, so the first is the oldest. Reading every record would cost 20 ns each.
    const arrivedAt = batch.records[0] && batch.source.arrivedAt(batch.records[0]);
    // The stream's clock may be ahead of ours.
    if (arrivedAt !== undefined) this.#oldestRecordAgeMs = Math.max(0, this.#clock.date() - arrivedAt);
  }

  readonly emit: Emit = (event) => {
    this.#count(event);
    this.#settings.partialBatch?.observe(event, this.#invocation);
  };

  /** Sums the invocation up, once. @param batchState absent if no handler ran */
  end(
    how: HowEnded,
    batchState: BatchState | undefined,
    deadline: number,
    timeBudget: BudgetSettings | undefined,
  ): void {
    if (this.#ended) return;
    this.#ended = true;
    const records = this.#records;
    const usedMs = this.#clock.now() - this.#openedAt;
    this.emit({
      type: 'invocation-ended',
      records,
      outcomes: batchState?.tally() ?? { ...nothingRan, deferred: records },
      remembered: batchState?.remembered() ?? 0,
      ...how,
      attemptsStarted: batchState?.started ?? 0,
      ...this.#tally,
      budgetUsedMs: Math.round(usedMs),
      budgetUsedShare: this.#shareOf(usedMs, deadline, timeBudget),
      oldestRecordAgeMs: this.#oldestRecordAgeMs,
    });
  }

  #count(event: UndamEvent): void {
    const tally = this.#tally;
    switch (event.type) {
      case 'attempt-failed':
        tally.attemptsFailed++;
        if (event.stage === 'decode' || event.how === 'undecodable') tally.decodeFailures++;
        break;
      case 'quarantined':
        tally.quarantined[event.reason] = (tally.quarantined[event.reason] ?? 0) + 1;
        break;
      case 'quarantine-refused':
        tally.sinkFailures++;
        break;
      case 'ledger-failed':
        tally.ledgerFailures++;
        break;
      case 'crash-found':
        tally.suspects += event.suspects;
        break;
      case 'zombies':
        tally.zombies += event.count;
        break;
    }
  }

  #shareOf(usedMs: number, deadline: number, timeBudget: BudgetSettings | undefined): number | undefined {
    const budgetMs = Math.min(deadline, planBudget(deadline, timeBudget).endsAt) - this.#openedAt;
    return budgetMs > 0 && budgetMs < Infinity ? usedMs / budgetMs : undefined;
  }
}

const nothingRan: Readonly<Record<Outcome, number>> = { done: 0, quarantined: 0, failed: 0, deferred: 0, held: 0 };

/** Its getters read the event's facts at the time of the call. */
class Observed implements ObservedInvocation {
  readonly requestId: string | undefined;
  readonly functionName: string | undefined;
  #batch: Batch | undefined;

  constructor({ awsRequestId, functionName }: Partial<LambdaContext>) {
    this.requestId = textOf(awsRequestId);
    this.functionName = textOf(functionName);
  }

  get eventSourceArn(): string | undefined {
    return this.#batch?.eventSourceArn || undefined;
  }

  get shardId(): string | undefined {
    return this.#batch?.shardId;
  }

  record(index: number): StreamRecord | undefined {
    return this.#batch?.records[index];
  }

  static read(observed: Observed, batch: Batch): void {
    observed.#batch = batch;
  }
}
