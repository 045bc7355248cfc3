import { AbortController } from '../../../base/intrinsics.ts';
import type { LambdaContext } from '../../../streams/lambda-context.ts';

const { getEventListeners } = process.getBuiltinModule('node:events');

/** What a record handler gets beside the record. */
export interface RecordAttempt<T> {
  /** Which attempt this is, from 1; counted on across deliveries as far as the ledger remembers. */
  readonly attempt: number;
  /** What `decode` made of the record; `undefined` without `decode`. */
  readonly decoded: T;
  /** Lambda's own context of this invocation. */
  readonly context: LambdaContext;
  /** Aborted when the record's time or the batch's budget ends. Made when it is first read. */
  readonly signal: AbortSignal;
}

/** Where a slot keeps a controller whose signal nobody listens to any more. */
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

  // Lazy: a signal costs more than everything else of an attempt, and most handlers never look at it.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = this.#spare.controller ?? new AbortController();
      this.#spare.controller = undefined;
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The engine's side of `signal`; it stays aborted. */
  static abort(attempt: Attempt<unknown>, reason: unknown): void {
    attempt.#reason = reason;
    attempt.#controller?.abort(reason);
  }

  /**
   * The attempt has ended: what nobody has listened to serves the slot's next one. A signal with a listener left on it is
   * never shared, lest the listener hear of another record's end.
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

/** What a signal that is read after its attempt is aborted with. */
const ended = new DOMException('the attempt has ended', 'AbortError');
