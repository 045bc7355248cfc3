import type { Batch } from './batch.ts';
import type { Clock } from './clock.ts';
import type { AttemptCounts } from './envelope.ts';
import type { Fates } from './fates.ts';
import { charges, counts, type History, noAttempts } from './history.ts';
import type { InvocationMarks } from './invocation-marks.ts';
import { type IsPermanent, type Judgement, judge, type Stage } from './judge.ts';
import { isResolved, type Verdict } from './ledger.ts';
import type { AttemptFailed, Emit, RecordPosition } from './observe.ts';
import type { Outbox } from './outbox.ts';
import { type FunctionIdentity, seal } from './seal.ts';
import { shownName } from './shown-error.ts';
import { leftOf } from './touched.ts';
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
  readonly fates: Fates;
  /** Absent where nothing is quarantined. */
  readonly rules: QuarantineRules | undefined;
  readonly identity: FunctionIdentity;
  readonly clock: Clock;
  readonly marks: InvocationMarks;
  readonly emit: Emit;
}

const firstStart: AttemptCounts = { ...noAttempts, started: 1 };

/** The one place that charges attempts, decides on quarantine, and marks both for the case that the process dies. */
export interface Arbiter {
  /**
   * Applies what the ledger knows of a record that is about to start. `acknowledged` is called later for one whose
   * quarantine has to be sent (again).
   */
  standing(index: number, acknowledged: Acknowledged): Standing;
  /** Something is about to start, or was done beside what took its place. @param inFlight how many records run then */
  beforeStart(inFlight: number, now: number): void;
  /** Which attempt on the record starts now, from 1. @param alone nothing else is in flight in this process */
  start(index: number, alone: boolean): number;
  /** A start in a call with others, which is no attempt: it is marked, for the case that the process dies. */
  startTogether(index: number): void;
  /** A call with others has ended, and says nothing of the record. */
  endTogether(index: number): void;
  /** The budget cut off a call with others of which this was the first: that is remembered as a start that is not charged. */
  cutTogether(index: number): void;
  done(index: number): void;
  /** A start that the budget cut off is not charged; that it was made is remembered. @param settled it has ended */
  giveBack(index: number, settled: boolean): void;
  /**
   * Charges a failed attempt and decides what comes next; a quarantine is sent, and `acknowledged` called with the
   * sink's word. `mayRepeat` is asked only when attempts are left.
   */
  fail(index: number, how: Failure, error: unknown, stage: Stage, steps: FailSteps): Next;
  /** What a throw says of a record that was alone in the call. */
  judgement(index: number, error: unknown): Judgement;
  /** A failed attempt that looks like an outage: it is given back. */
  hold(index: number, error: unknown): void;
  /** What was not started, or not alone, is held with others. */
  holdWithOthers(index: number): void;
}

export function arbiterOf({ batch, fates, rules, identity, clock, marks, emit }: ArbiterOptions): Arbiter {
  /** The start of a record that nobody knew is counted where it fails. */
  function failedHistory(index: number): History {
    const known = fates.history(index);
    if (known !== undefined) return known;
    const history = fates.historyOf(index);
    history.started++;
    return history;
  }

  function learned(index: number, running: boolean): void {
    marks.learned(batch.ids[index]!, fates.memoryToMark(index), running);
  }

  function position(index: number): RecordPosition {
    return { index, sequenceNumber: batch.sequenceNumbers[index]!, shardId: batch.shardId };
  }

  function quarantine(index: number, history: History, verdict: Verdict, acknowledged: Acknowledged): void {
    fates.become(index, 'failed');
    history.verdict = verdict;
    const envelope = seal(batch, index, identity, history, verdict, clock.date());
    const { id, reason, attempts } = envelope;
    rules?.outbox.add(envelope, (result) => {
      const record = position(index);
      if (result.accepted) {
        fates.become(index, 'quarantined');
        learned(index, false);
        emit({ type: 'quarantined', record, id, reason, attempts, errorName: shownName(verdict.error.name) });
      } else {
        emit({ type: 'quarantine-refused', record, id, reason, error: result.error });
      }
      acknowledged(index, result.accepted);
    });
  }

  function judgement(index: number, error: unknown, stage: Stage = 'handler'): Judgement {
    return judge(error, stage, rules?.isPermanent, () => leftOf(batch, index));
  }

  return {
    standing(index, acknowledged) {
      const memory = fates.known(index);
      if (memory === undefined) return 'may-start';
      if (isResolved(memory)) return 'resolved';
      const history = fates.historyOf(index);
      const verdict = history.verdict ?? (rules && verdictBefore(history, rules.attempts));
      if (verdict === undefined || rules === undefined) return 'may-start';
      quarantine(index, history, verdict, acknowledged);
      return 'sending';
    },

    beforeStart(inFlight, now) {
      marks.beforeStart(inFlight, now);
    },

    start(index, alone) {
      fates.countStart();
      const history = fates.history(index);
      if (history !== undefined) {
        history.started++;
        history.suspect = undefined;
      }
      if (marks.everyStart) marks.started(batch.ids[index]!, history ? counts(history) : firstStart, alone);
      return history === undefined ? 1 : charges(history) + 1;
    },

    startTogether(index) {
      fates.countStart();
      if (!marks.everyStart) return;
      const { attempts } = fates.memoryToMark(index);
      marks.started(batch.ids[index]!, attempts, false);
    },

    endTogether(index) {
      if (marks.everyStart) learned(index, false);
    },

    cutTogether(index) {
      fates.historyOf(index).started++;
    },

    done(index) {
      fates.become(index, 'done');
      // What has died behind its answer before may do so again: its deaths are counted.
      if ((fates.history(index)?.crashed ?? 0) > 0) learned(index, false);
      else marks.done(batch.ids[index]!);
    },

    giveBack(index, settled) {
      if (fates.history(index) === undefined) fates.historyOf(index).started++;
      if (settled && marks.everyStart) learned(index, false);
    },

    fail(index, how, error, stage, steps) {
      const history = failedHistory(index);
      const { isOwnError = true } = steps;
      const meaning = isOwnError ? judgement(index, error, stage) : 'ordinary';
      fates.become(index, meaning === 'outage' ? 'held' : 'failed');
      if (meaning !== 'outage') {
        history.firstFailedAt ??= clock.date();
        if (how === 'timed-out') history.timedOut++;
        else history.failed++;
      }
      rules?.outbox.prepare();
      const verdict = rules && verdictOn(history, meaning, { how, error, stage }, rules.attempts);
      const next =
        meaning === 'outage' ? 'hold' : verdict ? 'quarantine' : steps.mayRepeat(index) ? 'again' : 'redelivery';
      emit({
        type: 'attempt-failed',
        record: position(index),
        attempt: charges(history),
        stage,
        how: meaning === 'undecodable' ? 'undecodable' : how,
        next,
        error,
      });
      if (verdict !== undefined) quarantine(index, history, verdict, steps.acknowledged);
      learned(index, how === 'timed-out' && !steps.settled);
      return next;
    },

    judgement,

    hold(index, error) {
      const history = failedHistory(index);
      fates.become(index, 'held');
      emit({
        type: 'attempt-failed',
        record: position(index),
        attempt: charges(history),
        how: 'rejected',
        stage: 'handler',
        next: 'hold',
        error,
      });
      learned(index, false);
    },

    holdWithOthers(index) {
      if (fates.outcome(index) === 'deferred') fates.become(index, 'held');
    },
  };
}
