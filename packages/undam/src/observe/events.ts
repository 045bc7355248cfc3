import { unheard } from '../base/thenable.ts';
import type { AttemptCounts, Stage } from '../envelope/envelope.ts';
import type { QuarantineReason } from '../envelope/reasons.ts';
import type { Outcome } from '../streams/response.ts';
import type { StreamRecord } from '../streams/sources.ts';

/** The globals that Middy reads in each invocation. */
export type MiddysGlobal = 'AbortController' | 'Promise';

/** An action or observation of Undam. No event carries a payload or a partition key. */
export type UndamEvent =
  | AttemptFailed
  | {
      readonly type: 'quarantined';
      readonly record: RecordPosition;
      readonly id: string;
      readonly reason: QuarantineReason;
      readonly attempts: AttemptCounts;
      /** The last error's name, up to 100 characters; `unnamed` if it is not an identifier. */
      readonly errorName: string;
    }
  /** The sink did not accept the record: it stays unresolved, and Undam sends it again at its next delivery. */
  | {
      readonly type: 'quarantine-refused';
      readonly record: RecordPosition;
      readonly id: string;
      readonly reason: QuarantineReason;
      readonly error: unknown;
    }
  /** The batch's budget ended, with `running` records in flight. No further record starts. */
  | { readonly type: 'budget-ended'; readonly running: number }
  /** Handlers that had timed out or been cut off, and were still pending when the response was fixed. */
  | { readonly type: 'zombies'; readonly count: number }
  /** The event loop stood still. The time counts against no record. */
  | { readonly type: 'event-loop-blocked'; readonly stoodStillMs: number }
  /**
   * The ledger failed: at `recall` (Undam assumes an empty one), `remember` (the response is unaffected) or `mark` (a crash of
   * this invocation will charge no record).
   */
  | { readonly type: 'ledger-failed'; readonly operation: 'recall' | 'remember' | 'mark'; readonly error: unknown }
  /** The process died while up to `suspects` records of this batch were running. Each of them runs alone next. */
  | { readonly type: 'crash-found'; readonly suspects: number }
  /**
   * These records come again although an answer had passed them: the process died before its response had left, as it does when a
   * promise that the handler does not await rejects. They are done and do not run again. Look for the missing `await` in the code
   * that ran then.
   */
  | {
      readonly type: 'died-after-answer';
      readonly records: number;
      /** In batch order, at most 100. */
      readonly sequenceNumbers: readonly string[];
      /** False if only a claim (`claims: true`) that has outlived its environment tells of the death. */
      readonly isCertain: boolean;
      /** An explanation for people. */
      readonly problem: string;
    }
  /** A batch handler's answer names neither success nor failed records: the whole batch counts as failed. */
  | { readonly type: 'answer-unreadable'; readonly problem: string }
  | PassedUnresolved
  /** Powertools' `makeHandlerIdempotent()` may answer this batch from its store without running it. Emitted once. */
  | { readonly type: 'batch-idempotent'; readonly problem: string }
  /** A handler or library had replaced a global that Middy needs by one that throws. Undam has restored the platform's own. */
  | { readonly type: 'global-restored'; readonly global: MiddysGlobal }
  /**
   * Another middleware failed after the response was fixed: Lambda delivers this invocation's records again, and they run again.
   * Comes after `invocation-ended` if that middleware runs outside Undam's.
   */
  | { readonly type: 'done-withdrawn' }
  | InvocationEnded;

/** An attempt that ended in a rejection, a time-out or a cut. */
export interface AttemptFailed {
  readonly type: 'attempt-failed';
  readonly record: RecordPosition;
  /** Charged attempts so far, including this one unless it was given back. */
  readonly attempt: number;
  readonly stage: Stage;
  readonly how: 'rejected' | 'timed-out' | 'undecodable';
  readonly next: 'again' | 'redelivery' | 'quarantine' | 'hold';
  readonly error: unknown;
}

/**
 * Lambda delivered a record behind an earlier one of the same key that responses had reported and nothing has resolved. Once for
 * each such record. Strong evidence, not proof: look for the record in the mapping's OnFailure destination.
 */
export interface PassedUnresolved {
  readonly type: 'passed-unresolved';
  /** The record passed. */
  readonly sequenceNumber: string;
  /** The record delivered behind it. */
  readonly behind: RecordPosition;
  /** The number of responses that had reported it. */
  readonly times: number;
  /**
   * The most likely cause. `given-up`: some reported record has come again, so the mapping reads reports, and this record ran out
   * of retries or age, or the mapping was changed. `reports-ignored`: Lambda passed at least three reported records in this
   * process, and none ever came again, so `ReportBatchItemFailures` is missing and every reported record is lost. `unknown`: too
   * little evidence, or a ledger that other environments do not share, where a record may have come again.
   */
  readonly likely: 'given-up' | 'reports-ignored' | 'unknown';
}

/**
 * The summary of an invocation. Emitted once for each that reaches `partialBatch()`, at Undam's last hook, on success and
 * failure.
 */
export interface InvocationEnded {
  readonly type: 'invocation-ended';
  /** 0 if the event could not be read. */
  readonly records: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** The done and quarantined records that the ledger knew as such: no handler started on them. */
  readonly remembered: number;
  /** False if the invocation fails as a whole. */
  readonly responded: boolean;
  /** The error that failed the invocation. */
  readonly error?: unknown;
  /** Starts of the handler, per record: a call with several records counts for each of them. */
  readonly attemptsStarted: number;
  readonly attemptsFailed: number;
  /** Failed attempts that ended in the decoder, or with data that cannot be decoded. */
  readonly decodeFailures: number;
  /** Records whose quarantine the sink acknowledged in this invocation, by reason. */
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Records that the sink did not accept. */
  readonly sinkFailures: number;
  readonly ledgerFailures: number;
  /** Records that may have been running when a process died. */
  readonly suspects: number;
  readonly zombies: number;
  /** Milliseconds from Undam's first hook to its last. */
  readonly budgetUsedMs: number;
  /**
   * The same as a share of the batch's budget, which ends at the reserve of `timeBudget()`, or without it at the deadline. Above
   * 1, the invocation used the reserve. `undefined` without a deadline, or without time before the reserve.
   */
  readonly budgetUsedShare: number | undefined;
  /** Milliseconds from the first record's arrival in the stream to its delivery; a batch is in order of arrival. */
  readonly oldestRecordAgeMs: number | undefined;
}

/** Identifies a record without its data. */
export interface RecordPosition {
  /** In batch order, from 0. */
  readonly index: number;
  readonly sequenceNumber: string;
  readonly shardId: string | undefined;
}

/** The invocation of an event: the same object for all of its events. */
export interface ObservedInvocation {
  /** Lambda's request id. */
  readonly requestId: string | undefined;
  readonly functionName: string | undefined;
  /** Absent if the event is empty or unreadable. */
  readonly eventSourceArn: string | undefined;
  /** Absent for DynamoDB Streams, too, whose records do not name their shard. */
  readonly shardId: string | undefined;
  /** The record at an index, payload included, as the handler left it. Events hold no part of it. */
  record(index: number): StreamRecord | undefined;
}

/** Receives each event as it happens. Undam ignores what it throws or rejects with. */
export type Observe = (event: UndamEvent, invocation: ObservedInvocation) => void;

/** Sends an event to the observers of its invocation. */
export type Emit = (event: UndamEvent) => void;

/**
 * Combines observers and isolates them: none can throw into the engine, keep an event from the next one or leave an unhandled
 * rejection.
 */
export function guarded(observe: Observe | readonly Observe[]): Observe {
  const observers = [observe].flat();
  return (event, invocation) => {
    for (const each of observers) unheard(() => each(event, invocation));
  };
}

/** An observer's state per invocation, made at its first use. */
export function perInvocation<T>(make: () => T): (invocation: ObservedInvocation) => T {
  const kept = new WeakMap<ObservedInvocation, T>();
  return (invocation) => {
    const known = kept.get(invocation);
    if (known !== undefined) return known;
    const made = make();
    kept.set(invocation, made);
    return made;
  };
}
