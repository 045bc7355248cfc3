import type { Clock } from '../../base/clock.ts';
import type { AttemptCounts, Stage } from '../../envelope/envelope.ts';
import { charges, counts, type History, noAttempts } from '../../ledgers/history.ts';
import { isResolved, type Verdict } from '../../ledgers/ledger.ts';
import type { AttemptFailed, Emit, RecordPosition } from '../../observe/events.ts';
import { shownName } from '../../observe/redacted-error.ts';
import type { Batch } from '../../streams/batch.ts';
import { leftOf } from '../../streams/touched.ts';
import { enclose, type FunctionIdentity } from '../quarantine/enclose.ts';
import type { Outbox } from '../quarantine/outbox.ts';
import type { InvocationMarks } from '../recall/marks.ts';
import type { BatchState } from './batch-state.ts';
import { type IsPermanent, type Judgement, judge } from './judgement.ts';
import { type Failure, verdictBefore, verdictOn } from './verdict.ts';

/** What becomes of a record after a failed attempt. */
export type Next = AttemptFailed['next'];

/** Whether a record may start, or what it is instead. */
export type Standing = 'may-start' | 'resolved' | 'sending';

/** Called once with the sink's word on a record. */
export type Acknowledged = (index: number, accepted: boolean) => void;

/** What a failed attempt may lead to. */
export interface FailSteps {
  /** Whether another attempt in place is possible. */
  mayRepeat(index: number): boolean;
  /** The handler has settled; one that has not may yet kill the process. */
  readonly settled: boolean;
  /** `false`: the error is not about this record alone, and no rule is asked what it means. @default true */
  readonly isOwnError?: boolean;
  readonly acknowledged: Acknowledged;
}

/** What decides when a record is quarantined. */
export interface QuarantineRules {
  /** N: charged attempts after which a record is quarantined. */
  readonly attempts: number;
  readonly isPermanent: IsPermanent | undefined;
  readonly outbox: Outbox;
}

export interface ArbiterOptions {
  readonly batch: Batch;
  readonly batchState: BatchState;
  /** Absent where nothing is quarantined. */
  readonly rules: QuarantineRules | undefined;
  readonly identity: FunctionIdentity;
  readonly clock: Clock;
  readonly marks: InvocationMarks;
  readonly emit: Emit;
}

const firstStart: AttemptCounts = { ...noAttempts, started: 1 };

/** The one place that charges attempts, decides on quarantine, and marks both for the case that the process dies. */
export class Arbiter {
  readonly #batch: Batch;
  readonly #batchState: BatchState;
  readonly #rules: QuarantineRules | undefined;
  readonly #identity: FunctionIdentity;
  readonly #clock: Clock;
  readonly #marks: InvocationMarks;
  readonly #emit: Emit;

  constructor({ batch, batchState, rules, identity, clock, marks, emit }: ArbiterOptions) {
    this.#batch = batch;
    this.#batchState = batchState;
    this.#rules = rules;
    this.#identity = identity;
    this.#clock = clock;
    this.#marks = marks;
    this.#emit = emit;
  }

  /**
   * Applies what the ledger knows of a record that is about to start. `acknowledged` is called later for one whose
   * quarantine has to be sent (again).
   */
  standing(index: number, acknowledged: Acknowledged): Standing {
    const memory = this.#batchState.known(index);
    if (memory === undefined) return 'may-start';
    if (isResolved(memory)) return 'resolved';
    const history = this.#batchState.historyOf(index);
    const verdict = history.verdict ?? (this.#rules && verdictBefore(history, this.#rules.attempts));
    if (verdict === undefined || this.#rules === undefined) return 'may-start';
    this.#quarantine(index, history, verdict, acknowledged);
    return 'sending';
  }

  /** Something is about to start, or was done beside what took its place. @param inFlight how many records run then */
  beforeStart(inFlight: number, now: number): void {
    this.#marks.beforeStart(inFlight, now);
  }

  /** Which attempt on the record starts now, from 1. @param alone nothing else is in flight in this process */
  start(index: number, alone: boolean): number {
    this.#batchState.countStart();
    const history = this.#batchState.history(index);
    if (history !== undefined) {
      history.started++;
      history.suspect = undefined;
    }
    if (this.#marks.everyStart)
      this.#marks.started(this.#batch.ids[index]!, history ? counts(history) : firstStart, alone);
    return history === undefined ? 1 : charges(history) + 1;
  }

  /** A start in a call with others, which is no attempt: it is marked, for the case that the process dies. */
  startTogether(index: number): void {
    this.#batchState.countStart();
    if (!this.#marks.everyStart) return;
    const { attempts } = this.#batchState.memoryToMark(index);
    this.#marks.started(this.#batch.ids[index]!, attempts, false);
  }

  /** A call with others has ended, and says nothing of the record. */
  endTogether(index: number): void {
    if (this.#marks.everyStart) this.#learned(index, false);
  }

  /** The budget cut off a call with others of which this was the first: that is remembered as a start that is not charged. */
  cutTogether(index: number): void {
    this.#batchState.historyOf(index).started++;
  }

  done(index: number): void {
    this.#batchState.become(index, 'done');
    // What may have died behind its answer before may do so again: its starts and deaths are counted.
    if (this.#batchState.known(index)?.suspect !== undefined) this.#learned(index, false);
    else this.#marks.done(this.#batch.ids[index]!);
  }

  /** A start that the budget cut off is not charged; that it was made is remembered. @param settled it has ended */
  giveBack(index: number, settled: boolean): void {
    if (this.#batchState.history(index) === undefined) this.#batchState.historyOf(index).started++;
    if (settled && this.#marks.everyStart) this.#learned(index, false);
  }

  /**
   * Charges a failed attempt and decides what comes next; a quarantine is sent, and `acknowledged` called with the
   * sink's word. `mayRepeat` is asked only when attempts are left.
   */
  fail(index: number, how: Failure, error: unknown, stage: Stage, steps: FailSteps): Next {
    const history = this.#failedHistory(index);
    const { isOwnError = true } = steps;
    const judgement = isOwnError ? this.judgement(index, error, stage) : 'ordinary';
    this.#batchState.become(index, judgement === 'outage' ? 'held' : 'failed');
    if (judgement !== 'outage') {
      history.firstFailedAt ??= this.#clock.date();
      if (how === 'timed-out') history.timedOut++;
      else history.failed++;
    }
    this.#rules?.outbox.prepare();
    const verdict = this.#rules && verdictOn(history, judgement, { how, error, stage }, this.#rules.attempts);
    const next =
      judgement === 'outage' ? 'hold' : verdict ? 'quarantine' : steps.mayRepeat(index) ? 'again' : 'redelivery';
    this.#emit({
      type: 'attempt-failed',
      record: this.#position(index),
      attempt: charges(history),
      stage,
      how: judgement === 'undecodable' ? 'undecodable' : how,
      next,
      error,
    });
    if (verdict !== undefined) this.#quarantine(index, history, verdict, steps.acknowledged);
    this.#learned(index, how === 'timed-out' && !steps.settled);
    return next;
  }

  /** What a throw says of a record that was alone in the call. */
  judgement(index: number, error: unknown, stage: Stage = 'handler'): Judgement {
    return judge(error, stage, this.#rules?.isPermanent, () => leftOf(this.#batch, index));
  }

  /** A failed attempt that looks like an outage: it is given back. */
  hold(index: number, error: unknown): void {
    const history = this.#failedHistory(index);
    this.#batchState.become(index, 'held');
    this.#emit({
      type: 'attempt-failed',
      record: this.#position(index),
      attempt: charges(history),
      how: 'rejected',
      stage: 'handler',
      next: 'hold',
      error,
    });
    this.#learned(index, false);
  }

  /** What was not started, or not alone, is held with others. */
  holdWithOthers(index: number): void {
    if (this.#batchState.outcome(index) === 'deferred') this.#batchState.become(index, 'held');
  }

  /** The start of a record that nobody knew is counted where it fails. */
  #failedHistory(index: number): History {
    const known = this.#batchState.history(index);
    if (known !== undefined) return known;
    const history = this.#batchState.historyOf(index);
    history.started++;
    return history;
  }

  #learned(index: number, running: boolean): void {
    this.#marks.learned(this.#batch.ids[index]!, this.#batchState.memoryToMark(index), running);
  }

  #position(index: number): RecordPosition {
    return { index, sequenceNumber: this.#batch.sequenceNumbers[index]!, shardId: this.#batch.shardId };
  }

  #quarantine(index: number, history: History, verdict: Verdict, acknowledged: Acknowledged): void {
    this.#batchState.become(index, 'failed');
    history.verdict = verdict;
    const envelope = enclose(this.#batch, index, this.#identity, history, verdict, this.#clock.date());
    const { id, reason, attempts } = envelope;
    this.#rules?.outbox.add(envelope, (result) => {
      const record = this.#position(index);
      if (result.accepted) {
        this.#batchState.become(index, 'quarantined');
        this.#learned(index, false);
        this.#emit({ type: 'quarantined', record, id, reason, attempts, errorName: shownName(verdict.error.name) });
      } else {
        this.#emit({ type: 'quarantine-refused', record, id, reason, error: result.error });
      }
      acknowledged(index, result.accepted);
    });
  }
}
