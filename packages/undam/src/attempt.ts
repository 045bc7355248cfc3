import type { LambdaContext } from './lambda-context.ts';

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

/** One start of the handler on one record. */
export class Attempt<T> implements RecordAttempt<T> {
  readonly attempt: number;
  readonly decoded: T;
  readonly context: LambdaContext;
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(attempt: number, decoded: T, context: LambdaContext) {
    this.attempt = attempt;
    this.decoded = decoded;
    this.context = context;
  }

  // Lazy: a signal costs more than everything else of an attempt, and most handlers never look at it.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** The engine's side of `signal`; it stays aborted. */
  static abort(attempt: Attempt<unknown>, reason: unknown): void {
    attempt.#reason = reason;
    attempt.#controller?.abort(reason);
  }
}
