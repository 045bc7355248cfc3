import { isObject } from './is-object.ts';

/** The machine-readable cause of an error; stable across releases. */
export type UndamErrorCode =
  /** An option is unknown, has the wrong type or contradicts another. */
  | 'bad-option'
  /** The event is not a Kinesis or DynamoDB Streams event. */
  | 'bad-event'
  /** A record lacks a field that Lambda always sends, such as its sequence number. */
  | 'bad-record'
  /** Another middleware removed records from the event, or decoded them before `partialBatch()` or one of Undam's decoders. */
  | 'event-changed'
  /** The event belongs to a tumbling window; not supported yet. */
  | 'window-unsupported'
  /** A handler wrapper or middleware ran without `partialBatch()`. */
  | 'partial-batch-missing'
  /** A handler returned without `eachRecord()`, `wholeBatch()`, `splitOnError()` or `StreamProcessor`. */
  | 'unwrapped'
  /** A second handler wrapper ran in an invocation after another had taken the records. */
  | 'claimed-twice'
  /** Another middleware returned a promise that Middy does not await because the global `Promise` was replaced. */
  | 'early-promise'
  /** The remaining time at the handler's start does not exceed the reserve. */
  | 'no-time'
  /** A batch handler's answer names neither success nor failed records. */
  | 'unreadable-answer'
  /** The batch handler did not settle before the budget ended. */
  | 'budget-ended'
  /** A decoder of Undam cannot read the data. */
  | 'undecodable'
  /** A message is not an envelope, or belongs to a later version. */
  | 'envelope-unreadable'
  /** A sink broke its contract or cannot take this record. */
  | 'sink-refused'
  /** A ledger's disk or table is missing, full or owned by another user: Undam remembers nothing. */
  | 'ledger-unusable'
  /** A ledger entry is damaged or belongs to another version; the ledger sets it aside and starts an empty one. */
  | 'entry-unreadable'
  /** A hook, sink or ledger did not settle in its time. */
  | 'too-slow';

const brand = Symbol.for('undam.error');

type Brand = 'undam' | 'permanent' | 'outage';

/**
 * The only error class that Undam itself throws. `code` is stable; `message` names the remedy; `cause` keeps the original error.
 */
export class UndamError extends Error {
  override readonly name: string = 'UndamError';
  readonly code: UndamErrorCode;

  constructor(code: UndamErrorCode, message: string, options?: ErrorOptions) {
    super(`undam: ${message}`, options);
    this.code = code;
    mark(this, 'undam');
  }
}

/** Throw this for a record that can never succeed: Undam quarantines it at once, without further attempts. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    mark(this, 'permanent');
  }
}

/** Throw this when the fault lies elsewhere, for example in a downstream: the record stays unresolved and is not charged. */
export class OutageError extends Error {
  override readonly name: string = 'OutageError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    mark(this, 'outage');
  }
}

/** True for an {@link UndamError}, including one from another copy of this package. */
export function isUndamError(error: unknown): error is UndamError {
  return brandOf(error) === 'undam';
}

/** True for a {@link PermanentError}, including one from another copy of this package. */
export function isPermanentError(error: unknown): error is PermanentError {
  return brandOf(error) === 'permanent';
}

/** True for an {@link OutageError}, including one from another copy of this package. */
export function isOutageError(error: unknown): error is OutageError {
  return brandOf(error) === 'outage';
}

/** True for errors of any realm. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/** Not enumerable, to keep it out of logs; a registered symbol, so that every copy of this package recognizes it. */
function mark(error: Error, as: Brand): void {
  Object.defineProperty(error, brand, { value: as });
}

function brandOf(error: unknown): unknown {
  try {
    return isObject(error) ? (error as { [brand]?: unknown })[brand] : undefined;
  } catch {
    // Property access on a thrown proxy may throw.
    return undefined;
  }
}
