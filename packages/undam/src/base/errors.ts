import { isObject } from './is-object.ts';

/** What went wrong, for programs: stable across releases. */
export type UndamErrorCode =
  /** An option of ours is unknown, has the wrong type or contradicts another. */
  | 'bad-option'
  /** The event is not a Kinesis or DynamoDB Streams event. */
  | 'bad-event'
  /** A record lacks what Lambda always sends, such as its sequence number. */
  | 'bad-record'
  /** Another middleware took records away from the event, or decoded them before `partialBatch()` or a decoder of ours. */
  | 'event-changed'
  /** A tumbling window's event: not supported yet. */
  | 'window-unsupported'
  /** A handler wrapper or middleware ran without `partialBatch()`. */
  | 'partial-batch-missing'
  /** A handler answered without `eachRecord()`, `wholeBatch()`, `splitOnError()` or `StreamProcessor`. */
  | 'unwrapped'
  /** A handler wrapper was called again in an invocation whose records a wrapper has run, or runs. */
  | 'claimed-twice'
  /** Another middleware answered with a promise that Middy does not await, under a replaced global `Promise`. */
  | 'early-promise'
  /** The time left when the handler should start is not longer than the reserve. */
  | 'no-time'
  /** A batch handler answered something that names neither success nor failed records. */
  | 'unreadable-answer'
  /** The batch handler did not settle before the budget ended. */
  | 'budget-ended'
  /** Data that a decoder of ours cannot read. */
  | 'undecodable'
  /** A message that is not an envelope, or one of a later version. */
  | 'envelope-unreadable'
  /** A sink broke its contract or cannot take this record. */
  | 'sink-refused'
  /** A ledger's disk or table is missing, full, or not ours: nothing is remembered. */
  | 'ledger-unusable'
  /** What a ledger kept is of another version or damaged; it is set aside, and there is an empty one. */
  | 'entry-unreadable'
  /** A hook, sink or ledger did not settle in the time it had. */
  | 'too-slow';

const brand = Symbol.for('undam.error');

type Brand = 'undam' | 'permanent' | 'outage';

/** The one error class that Undam itself throws. `code` is stable; `message` names the remedy; `cause` is kept. */
export class UndamError extends Error {
  override readonly name: string = 'UndamError';
  readonly code: UndamErrorCode;

  constructor(code: UndamErrorCode, message: string, options?: ErrorOptions) {
    super(`undam: ${message}`, options);
    this.code = code;
    mark(this, 'undam');
  }
}

/** Throw it for a record that can never succeed: the record is quarantined at once, without further attempts. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    mark(this, 'permanent');
  }
}

/** Throw it when the fault lies elsewhere (a downstream is down): the record stays unresolved and is charged nothing. */
export class OutageError extends Error {
  override readonly name: string = 'OutageError';

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    mark(this, 'outage');
  }
}

/** True for an {@link UndamError}, also one of another copy of this package. */
export function isUndamError(error: unknown): error is UndamError {
  return brandOf(error) === 'undam';
}

/** True for a {@link PermanentError}, also one of another copy of this package. */
export function isPermanentError(error: unknown): error is PermanentError {
  return brandOf(error) === 'permanent';
}

/** True for an {@link OutageError}, also one of another copy of this package. */
export function isOutageError(error: unknown): error is OutageError {
  return brandOf(error) === 'outage';
}

/** Also one of another realm; never throws, whatever it is asked of. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}

/** Not enumerable, so that it shows in no log; by a registered symbol, so that every copy of this package knows it. */
function mark(error: Error, as: Brand): void {
  Object.defineProperty(error, brand, { value: as });
}

function brandOf(error: unknown): unknown {
  try {
    return isObject(error) ? (error as { [brand]?: unknown })[brand] : undefined;
  } catch {
    // A thrown proxy or getter may throw when it is looked at.
    return undefined;
  }
}
