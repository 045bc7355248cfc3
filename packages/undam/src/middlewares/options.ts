import type { Retry } from '../base/backoff.ts';
import type { IsPermanent } from '../engine/judge/verdict.ts';
import type { Ledger } from '../ledgers/ledger.ts';
import type { LogErrors } from '../observe/error-text.ts';
import type { Observe } from '../observe/events.ts';
import type { Sink } from '../sinks/sink.ts';
import type { KinesisStreamEvent } from '../streams/kinesis.ts';
import type { LambdaContext } from '../streams/lambda-context.ts';
import type { BatchResponse } from '../streams/response.ts';

/** What we use of Middy's request, met structurally: Middy's own types are not imported. */
export interface MiddyRequest<E> {
  event: E;
  context: LambdaContext;
  response: BatchResponse | null | undefined;
  error: Error | null | undefined;
  internal: object;
  /** Answers instead of the handler, once a hook has set it. */
  earlyResponse?: unknown;
}

/** A Middy middleware of ours. */
export interface StreamMiddleware<E> {
  before(request: MiddyRequest<E>): void | Promise<void>;
  after(request: MiddyRequest<E>): void | Promise<void>;
  onError(request: MiddyRequest<E>): void | Promise<void>;
}

export interface PartialBatchOptions {
  /** Where attempts and finished records are remembered between deliveries. @default fileLedger() under Lambda's runtime (`AWS_LAMBDA_RUNTIME_API`), memoryLedger() elsewhere */
  readonly ledger?: Ledger;
  /**
   * Told of everything that happens; several are told in turn, and none keeps an event from the next.
   *
   * @default logToConsole({ logErrors })
   */
  readonly observe?: Observe | readonly Observe[];
  /** What the default lines show of an error beside its name, code and place: its text, which may quote a payload. @default neither */
  readonly logErrors?: LogErrors;
}

export interface QuarantineOptions {
  /** Where quarantined records go, such as `sqsSink()` of `undam/sqs`. */
  readonly sink: Sink;
  /** N: charged attempts after which a record is quarantined. @default 3 */
  readonly attempts?: number;
  /**
   * The back-off before another attempt in the same invocation, with full jitter, or `redelivery` to leave every further
   * attempt to Lambda's next delivery.
   *
   * @default { baseMs: 100, capMs: 2_000 }
   */
  readonly retry?: Retry;
  /** True for an error that no further attempt can mend: the record is quarantined at once, as after a `PermanentError`. */
  readonly isPermanent?: IsPermanent;
}

export interface TimeBudgetOptions {
  /** Milliseconds before the deadline that are kept for sink, ledger and response. @default 1_000 */
  readonly reserveMs?: number;
  /** Milliseconds that one attempt on one record may take. @default no limit but the batch's budget */
  readonly recordMs?: number;
}

export interface StreamGuardOptions extends PartialBatchOptions {
  readonly quarantine: QuarantineOptions;
  readonly timeBudget?: TimeBudgetOptions;
}

/** The factories of one middleware each. */
export interface ThreeMiddlewares {
  partialBatch<E = KinesisStreamEvent>(options?: PartialBatchOptions): StreamMiddleware<E>;
  quarantine<E = KinesisStreamEvent>(options: QuarantineOptions): StreamMiddleware<E>;
  timeBudget<E = KinesisStreamEvent>(options?: TimeBudgetOptions): StreamMiddleware<E>;
}

/** The four middleware factories. */
export interface Middlewares extends ThreeMiddlewares {
  streamGuard<E = KinesisStreamEvent>(options: StreamGuardOptions): StreamMiddleware<E>[];
}
