import { kindOf } from './describe.ts';
import type { AttemptCounts, QuarantineReason } from './envelope.ts';
import { isUndamError } from './errors.ts';
import type { Outcome } from './outcome.ts';
import { unheard } from './thenable.ts';

/** What Undam did or saw, one event at a time. No event carries a payload or a partition key. */
export type UndamEvent =
  | AttemptFailed
  | {
      readonly type: 'quarantined';
      readonly record: RecordPosition;
      readonly id: string;
      readonly reason: QuarantineReason;
      readonly attempts: AttemptCounts;
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
  /** A batch handler's answer names neither success nor failed records: a complete failure. */
  | { readonly type: 'answer-unreadable'; readonly problem: string }
  /** `timeBudget()` stands around a handler that it cannot end: use `wholeBatch()` or Middy's `timeoutEarlyInMillis`. Said once. */
  | { readonly type: 'budget-unenforced'; readonly problem: string }
  /** Another middleware failed after the response was fixed: what this invocation had done is delivered and run again. */
  | { readonly type: 'done-withdrawn' }
  | InvocationEnded;

/** An attempt ended in a rejection, a time-out or a cut. */
export interface AttemptFailed {
  readonly type: 'attempt-failed';
  readonly record: RecordPosition;
  /** Attempts charged so far, this one included unless it was given back. */
  readonly attempt: number;
  readonly how: 'rejected' | 'timed-out' | 'undecodable';
  readonly next: 'again' | 'redelivery' | 'quarantine' | 'hold';
  readonly error: unknown;
}

/** Once for every invocation that got as far as its records. */
export interface InvocationEnded {
  readonly type: 'invocation-ended';
  readonly records: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** `false` when the invocation fails as a whole. */
  readonly responded: boolean;
}

/** Names a record without showing anything of it. */
export interface RecordPosition {
  /** In batch order, from 0. */
  readonly index: number;
  readonly sequenceNumber: string;
  readonly shardId: string | undefined;
}

export type Observe = (event: UndamEvent) => void;

/** An observer that can neither throw into the engine nor leave a rejection behind. */
export function guarded(observe: Observe): Observe {
  return (event) => {
    unheard(() => observe(event));
  };
}

const worthALine: ReadonlySet<UndamEvent['type']> = new Set([
  'quarantined',
  'quarantine-refused',
  'zombies',
  'ledger-failed',
  'crash-found',
  'answer-unreadable',
  'budget-unenforced',
  'done-withdrawn',
] as const);

/** What is observed by default: one JSON line on standard error for each event that an operator should know of. */
export function warnOfTrouble(event: UndamEvent): void {
  const heldUp = event.type === 'invocation-ended' && event.outcomes.held + event.outcomes.failed > 0;
  if (heldUp || worthALine.has(event.type))
    console.warn(JSON.stringify({ undam: event.type, ...event, type: undefined }, nameErrors));
}

/** Errors by name and code, and our own by message: others' may quote a payload, and what else is thrown may be one. */
function nameErrors(key: string, value: unknown): unknown {
  if (key !== 'error' && key !== 'cause') return value;
  try {
    if (isUndamError(value)) return { code: value.code, message: value.message, cause: value.cause };
    if (!(value instanceof Error)) return value === undefined ? value : { thrown: kindOf(value) };
    const { name, code } = value as { name?: unknown; code?: unknown };
    return { name: String(name), ...(typeof code === 'string' && { code }) };
  } catch {
    return { thrown: 'something that cannot be read' };
  }
}
