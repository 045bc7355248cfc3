import { AbortController } from '../../../base/intrinsics.ts';
import type { LambdaContext } from '../../../streams/lambda-context.ts';

const { getEventListeners } = process.getBuiltinModule('node:events');

/** The second argument of a record handler. */
export interface RecordAttempt<T> {
  /** The number of this attempt, from 1. It counts across deliveries, as far as the ledger remembers. */
  readonly attempt: number;
  /** The result of `decode`; `undefined` without `decode`. */
  readonly decoded: T;
  /** Lambda's own context of this invocation. */
  readonly context: LambdaContext;
  /** Aborted when the record's time (`recordMs`) or the batch's budget ends. Created on first read. */
  readonly signal: AbortSignal;
}

/** A slot's controller for its next attempt: its signal has no listeners. */
export interface Spare {
  controller: AbortController | undefined;
}

/** One start of the handler on one record. */
export class Attempt<T> implements RecordAttempt<T> {
  readonly attempt: number;
  readonly decoded: T;
  readonly context: LambdaContext;
  readonly #spare: Spare;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(attempt: number, decoded: T, context: LambdaContext, spare: Spare) {
    this.attempt = attempt;
    this.decoded = decoded;
    this.context = context;
    this.#spare = spare;
  }

  // Lazy: a signal costs more than the rest of an attempt, and most handlers never read it.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = this.#spare.controller ?? new AbortController();
      this.#spare.controller = undefined;
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Aborts `signal`, also if the handler reads it only later. */
  static abort(attempt: Attempt<unknown>, reason: unknown): void {
    attempt.#reason = reason;
    attempt.#controller?.abort(reason);
  }

  /**
   * The attempt has ended: its controller serves the slot's next attempt, if its signal has no listeners. A signal that still has
   * a listener is never reused, or that listener would be notified of another record's end.
   */
  static release(attempt: Attempt<unknown>): void {
    const controller = attempt.#controller;
    if (controller === undefined || controller.signal.aborted) return;
    if (getEventListeners(controller.signal, 'abort').length > 0) return;
    attempt.#controller = undefined;
    attempt.#reason = ended;
    attempt.#spare.controller = controller;
  }
}

/** The abort reason of a signal that the handler first reads after its attempt. */
const ended = new DOMException('the attempt has ended', 'AbortError');
