import { fullJitter, type Retry } from '../../base/backoff.ts';
import type { Ambient } from '../../base/clock.ts';
import type { AttemptCounts, Stage } from '../../envelope/envelope.ts';
import { charges, counts, type History, noAttempts } from '../../ledgers/history.ts';
import { isResolved, type Verdict } from '../../ledgers/ledger.ts';
import type { Emit, RecordPosition } from '../../observe/events.ts';
import { redactedName } from '../../observe/redacted-error.ts';
import type { Batch } from '../../streams/read-batch.ts';
import { leftOf } from '../../streams/touched.ts';
import { enclose, type FunctionIdentity } from '../quarantine/enclose.ts';
import type { Outbox } from '../quarantine/outbox.ts';
import type { InvocationMarks } from '../recall/marks.ts';
import type { FailedAttempt, Judgement, Next } from './attempt-end.ts';
import type { BatchState } from './batch-state.ts';
import { type IsPermanent, judge, verdictBefore, verdictOn } from './verdict.ts';

/** Whether a record may start, is resolved, or is being sent to the sink. */
export type Standing = 'may-start' | 'resolved' | 'sending';

/**
 * Receives the sink's answer, once for each record of a send. An object: V8 keeps closures that are assigned until a major
 * collection.
 */
export interface SendListener {
  onSent(index: number, accepted: boolean): void;
}

/** The rules for a quarantine. */
export interface QuarantineRules {
  /** N: charged attempts after which a record is quarantined. */
  readonly attempts: number;
  readonly retry: Retry;
  readonly isPermanent: IsPermanent | undefined;
  readonly outbox: Outbox;
}

export interface ArbiterOptions {
  readonly batch: Batch;
  readonly batchState: BatchState;
  /** Absent without `quarantine()`: then no record is quarantined, or tried again in place. */
  readonly rules: QuarantineRules | undefined;
  /** On the clock: no attempt in place is scheduled for a later time. */
  readonly retryBy: number;
  readonly identity: FunctionIdentity;
  readonly ambient: Ambient;
  readonly marks: InvocationMarks;
  readonly emit: Emit;
}

const firstStart: AttemptCounts = { ...noAttempts, started: 1 };

/** The one place that charges attempts, decides on quarantine, and marks both in case the process dies. */
export class Arbiter {
  readonly #batch: Batch;
  readonly #batchState: BatchState;
  readonly #rules: QuarantineRules | undefined;
  readonly #retryBy: number;
  readonly #identity: FunctionIdentity;
  readonly #ambient: Ambient;
  readonly #marks: InvocationMarks;
  readonly #emit: Emit;
  listener: SendListener | undefined;

  constructor({ batch, batchState, rules, retryBy, identity, ambient, marks, emit }: ArbiterOptions) {
    this.#batch = batch;
    this.#batchState = batchState;
    this.#rules = rules;
    this.#retryBy = retryBy;
    this.#identity = identity;
    this.#ambient = ambient;
    this.#marks = marks;
    this.#emit = emit;
  }

  /** Applies the ledger's memory of a record that is about to start. Sends a pending quarantine, perhaps again. */
  standing(index: number): Standing {
    const memory = this.#batchState.known(index);
    if (memory === undefined) return 'may-start';
    if (isResolved(memory)) return 'resolved';
    const history = this.#batchState.historyOf(index);
    const verdict = history.verdict ?? (this.#rules && verdictBefore(history, this.#rules.attempts));
    if (verdict === undefined || this.#rules === undefined) return 'may-start';
    this.#quarantine(index, history, verdict);
    return 'sending';
  }

  /**
   * Called before each start, and when a late success adds an unmarked record beside the running ones.
   *
   * @param inFlight the number of records then running
   */
  beforeStart(inFlight: number, now: number): void {
    this.#marks.beforeStart(inFlight, now);
  }

  /** Starts an attempt on the record, and returns its number, from 1. @param alone nothing else is in flight in this process */
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

  /** Marks a start in a call with others, in case the process dies. It is no attempt. */
  startTogether(index: number): void {
    this.#batchState.countStart();
    if (!this.#marks.everyStart) return;
    const { attempts } = this.#batchState.memoryToMark(index);
    this.#marks.started(this.#batch.ids[index]!, attempts, false);
  }

  /** A call with others has ended, and shows nothing about the record. */
  endTogether(index: number): void {
    if (this.#marks.everyStart) this.#learned(index, false);
  }

  /** The budget cut off a call with others that began with this record: its memory keeps a start that is not charged. */
  cutTogether(index: number): void {
    this.#batchState.historyOf(index).started++;
  }

  done(index: number): void {
    this.#batchState.become(index, 'done');
    // A record whose process may have died after an answer may kill again: its starts and deaths are counted.
    if (this.#batchState.known(index)?.suspect !== undefined) this.#learned(index, false);
    else this.#marks.done(this.#batch.ids[index]!);
  }

  /** Keeps a start that was cut off in the record's memory, without a charge. @param settled the attempt has ended */
  giveBack(index: number, settled: boolean): void {
    if (this.#batchState.history(index) === undefined) this.#batchState.historyOf(index).started++;
    if (settled && this.#marks.everyStart) this.#learned(index, false);
  }

  /**
   * Charges a failed attempt, unless it is given back, and decides on the next step. Sends a quarantine.
   *
   * @param mayRepeat whether the run can start the record again
   */
  fail(index: number, attempt: FailedAttempt, mayRepeat: boolean): Next {
    const { error, stage, settled } = attempt;
    if (attempt.how === 'cut-off' && (attempt.stoodStill || index !== this.#batchState.head)) {
      this.giveBack(index, settled);
      return { next: 'redelivery' };
    }
    const how = attempt.how === 'rejected' ? 'rejected' : 'timed-out';
    const history = this.#failedHistory(index);
    const judgement = attempt.judgement ?? this.judgement(index, error, stage);
    this.#batchState.become(index, judgement === 'outage' ? 'held' : 'failed');
    if (judgement !== 'outage') {
      history.firstFailedAt ??= this.#ambient.clock.date();
      if (how === 'timed-out') history.timedOut++;
      else history.failed++;
    }
    this.#rules?.outbox.prepare();
    const verdict = this.#rules && verdictOn(history, judgement, attempt, this.#rules.attempts);
    const next = this.#nextAfter(judgement, verdict, mayRepeat && settled ? history : undefined);
    this.#emit({
      type: 'attempt-failed',
      record: this.#position(index),
      attempt: charges(history),
      stage,
      how: judgement === 'undecodable' ? 'undecodable' : how,
      next: next.next,
      error,
    });
    if (verdict !== undefined) this.#quarantine(index, history, verdict);
    this.#learned(index, how === 'timed-out' && !settled);
    return next;
  }

  /** @param repeats the history of a record that may start again in place */
  #nextAfter(judgement: Judgement, verdict: Verdict | undefined, repeats: History | undefined): Next {
    if (judgement === 'outage') return { next: 'hold' };
    if (verdict !== undefined) return { next: 'quarantine' };
    const at = repeats && this.#retryAt(repeats);
    return at === undefined ? { next: 'redelivery' } : { next: 'again', at };
  }

  /** When a failed record may start again in place, on the clock; `undefined` if it must wait for the next delivery. */
  retryAt(index: number): number | undefined {
    return this.#retryAt(this.#batchState.historyOf(index));
  }

  #retryAt(history: History): number | undefined {
    const { retry } = this.#rules ?? { retry: 'redelivery' };
    if (retry === 'redelivery') return undefined;
    const { clock, random } = this.#ambient;
    const at = clock.now() + fullJitter(retry, charges(history), random);
    return at < this.#retryBy ? at : undefined;
  }

  /** The judgement of a throw on a record that was alone in the call. */
  judgement(index: number, error: unknown, stage: Stage = 'handler'): Judgement {
    return judge(error, stage, this.#rules?.isPermanent, () => leftOf(this.#batch, index));
  }

  /** Holds a record that did not start, or not alone. */
  holdWithOthers(index: number): void {
    if (this.#batchState.outcome(index) === 'deferred') this.#batchState.become(index, 'held');
  }

  /** The start of a record without a history is counted only when it fails. */
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

  #quarantine(index: number, history: History, verdict: Verdict): void {
    this.#batchState.become(index, 'failed');
    history.verdict = verdict;
    const envelope = enclose(this.#batch, index, this.#identity, history, verdict, this.#ambient.clock.date());
    const { id, reason, attempts } = envelope;
    this.#rules?.outbox.add(envelope, (result) => {
      const record = this.#position(index);
      if (result.accepted) {
        this.#batchState.become(index, 'quarantined');
        this.#learned(index, false);
        this.#emit({ type: 'quarantined', record, id, reason, attempts, errorName: redactedName(verdict.error.name) });
      } else {
        this.#emit({ type: 'quarantine-refused', record, id, reason, error: result.error });
      }
      this.listener?.onSent(index, result.accepted);
    });
  }
}
