import { unheard } from '../base/thenable.ts';
import type { AttemptCounts, Stage } from '../envelope/envelope.ts';
import type { QuarantineReason } from '../envelope/reasons.ts';
import type { Outcome } from '../streams/response.ts';
import type { StreamRecord } from '../streams/sources.ts';

/** What Middy takes from the global scope in each invocation. */
export type MiddysGlobal = 'AbortController' | 'Promise';

/** What Undam did or saw, one event at a time. No event carries a payload or a partition key. */
export type UndamEvent =
  | AttemptFailed
  | {
      readonly type: 'quarantined';
      readonly record: RecordPosition;
      readonly id: string;
      readonly reason: QuarantineReason;
      readonly attempts: AttemptCounts;
      /** The last error's name, where it is one: 100 characters at most. */
      readonly errorName: string;
    }
  /** A sink did not take the record: it stays unresolved and is sent again at its next delivery. */
  | {
      readonly type: 'quarantine-refused';
      readonly record: RecordPosition;
      readonly id: string;
      readonly reason: QuarantineReason;
      readonly error: unknown;
    }
  /** The batch's budget ended while so many records were running: nothing starts any more. */
  | { readonly type: 'budget-ended'; readonly running: number }
  /** Handlers that were timed out or cut off and had not settled when the response was fixed. */
  | { readonly type: 'zombies'; readonly count: number }
  /** The event loop stood still; the time counts against no record. */
  | { readonly type: 'event-loop-blocked'; readonly stoodStillMs: number }
  /**
   * The ledger could not be read (an empty one is assumed), written (the response is what it is) or marked (a crash of
   * this invocation is pinned on nobody).
   */
  | { readonly type: 'ledger-failed'; readonly operation: 'recall' | 'remember' | 'mark'; readonly error: unknown }
  /** The process died while so many records of this batch may have been running: each is to run alone. */
  | { readonly type: 'crash-found'; readonly suspects: number }
  /**
   * These records come again although an answer had passed them: the process died before its response had left, as it
   * does of a promise that a handler has not awaited. They are done and do not run again. Look for the `await` that is
   * missing in what ran then.
   */
  | {
      readonly type: 'died-after-answer';
      readonly records: number;
      /** In batch order, 100 at most. */
      readonly sequenceNumbers: readonly string[];
      /** Whether the process is known to have died: a `claims: true` that has outlived its environment does not tell. */
      readonly isCertain: boolean;
      /** What that means, for people. */
      readonly problem: string;
    }
  /** A batch handler's answer names neither success nor failed records: a complete failure. */
  | { readonly type: 'answer-unreadable'; readonly problem: string }
  | PassedUnresolved
  /** Powertools' `makeHandlerIdempotent()` may answer this batch from its store, and nothing runs. Said once. */
  | { readonly type: 'batch-idempotent'; readonly problem: string }
  /** A handler or library had replaced a global that Middy needs by one that throws: the platform's own was put back. */
  | { readonly type: 'global-restored'; readonly global: MiddysGlobal }
  /**
   * Another middleware failed after the response was fixed: what this invocation had done is delivered and run again. It
   * comes behind `invocation-ended` where that middleware stands outside ours.
   */
  | { readonly type: 'done-withdrawn' }
  | InvocationEnded;

/** An attempt ended in a rejection, a time-out or a cut. */
export interface AttemptFailed {
  readonly type: 'attempt-failed';
  readonly record: RecordPosition;
  /** Attempts charged so far, this one included unless it was given back. */
  readonly attempt: number;
  readonly stage: Stage;
  readonly how: 'rejected' | 'timed-out' | 'undecodable';
  readonly next: 'again' | 'redelivery' | 'quarantine' | 'hold';
  readonly error: unknown;
}

/**
 * Lambda delivered a record behind one of the same key that responses had reported, and that nothing has resolved. Once for
 * each such record. Strong evidence, not proof: look for it in OnFailure.
 */
export interface PassedUnresolved {
  readonly type: 'passed-unresolved';
  /** Of the record that was passed. */
  readonly sequenceNumber: string;
  /** The record that came behind it. */
  readonly behind: RecordPosition;
  /** Responses that had reported it. */
  readonly times: number;
  /**
   * What it most likely means. `given-up`: some reported record has come again, so reports are read, and here retries or age ran out
   * or the mapping was changed. `reports-ignored`: three or more were passed in this process and none ever came again, so
   * `ReportBatchItemFailures` is missing and every reported record is lost. `unknown`: too few to tell, or a ledger that other
   * environments do not share, to which a record may have come again.
   */
  readonly likely: 'given-up' | 'reports-ignored' | 'unknown';
}

/** The summary of an invocation: once for each that reached `partialBatch()`, at the last hook of ours, however it ends. */
export interface InvocationEnded {
  readonly type: 'invocation-ended';
  /** 0 where the event could not be read. */
  readonly records: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Of those done or quarantined, how many were so before: the ledger knew, and nothing was started. */
  readonly remembered: number;
  /** `false` when the invocation fails as a whole. */
  readonly responded: boolean;
  /** What failed it. */
  readonly error?: unknown;
  /** Starts of the handler on a record; a call with several records starts on each. */
  readonly attemptsStarted: number;
  readonly attemptsFailed: number;
  /** Failed attempts that got no further than the decoder, or whose data cannot be decoded. */
  readonly decodeFailures: number;
  /** Acknowledged by the sink in this invocation. */
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Records that the sink did not take. */
  readonly sinkFailures: number;
  readonly ledgerFailures: number;
  /** Records that may have been running when a process died. */
  readonly suspects: number;
  readonly zombies: number;
  /** Milliseconds from our first hook to our last. */
  readonly budgetUsedMs: number;
  /**
   * The same as a share of the batch's budget, which ends where the reserve of `timeBudget()` begins (without it: at the
   * deadline). Above 1, the reserve was used. Absent where there is no deadline, or no budget before it.
   */
  readonly budgetUsedShare: number | undefined;
  /** Milliseconds since the first record arrived in the stream (a batch is in order of arrival), as of delivery. */
  readonly oldestRecordAgeMs: number | undefined;
}

/** Names a record without showing anything of it. */
export interface RecordPosition {
  /** In batch order, from 0. */
  readonly index: number;
  readonly sequenceNumber: string;
  readonly shardId: string | undefined;
}

/** The invocation that an event is of: the same object for all of its events. */
export interface ObservedInvocation {
  /** Lambda's own id of the invocation. */
  readonly requestId: string | undefined;
  readonly functionName: string | undefined;
  /** Absent where the event is empty or could not be read. */
  readonly eventSourceArn: string | undefined;
  /** Absent for DynamoDB Streams, too, whose records do not name their shard. */
  readonly shardId: string | undefined;
  /** The record at an index, payload and all, as the handler has left it. Nothing of it is in any event. */
  record(index: number): StreamRecord | undefined;
}

/** Told of each event as it happens; what it throws or rejects with is not heard. */
export type Observe = (event: UndamEvent, invocation: ObservedInvocation) => void;

/** An event's way to who observes its invocation. */
export type Emit = (event: UndamEvent) => void;

/** Observers, each of which can neither throw into the engine, nor keep an event from the next one, nor leave a rejection behind. */
export function guarded(observe: Observe | readonly Observe[]): Observe {
  const observers = [observe].flat();
  return (event, invocation) => {
    for (const each of observers) unheard(() => each(event, invocation));
  };
}

/** What an observer keeps of each invocation, made when it is first asked for. */
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
