import type { Backoff, Retry } from '../base/backoff.ts';
import { isObject } from '../base/is-object.ts';
import { aFunction, checkOptions, integer, objectWith, required } from '../base/options.ts';
import type { IsPermanent } from '../engine/judge/verdict.ts';
import type { Sink } from '../sinks/sink.ts';
import type { KinesisStreamEvent } from '../streams/kinesis-types.ts';
import { type Hooks, type StreamMiddleware, systemHooks } from './hooks.ts';

export interface QuarantineOptions {
  /** The destination of quarantined records, such as `sqsSink()` of `undam/sqs`. */
  readonly sink: Sink;
  /** N: charged attempts after which a record is quarantined, 1 to 1_000. @default 3 */
  readonly attempts?: number;
  /**
   * The back-off in milliseconds before another attempt in the same invocation, with full jitter; `redelivery` leaves every
   * further attempt to Lambda's next delivery.
   *
   * @default { baseMs: 100, capMs: 2_000 }
   */
  readonly retry?: Retry;
  /**
   * Returns true for an error that no further attempt can fix: the record is quarantined at once, as after a `PermanentError`.
   * @default none
   */
  readonly isPermanent?: IsPermanent;
}

/**
 * Quarantines a record after N charged attempts, or at once after a permanent error. Lambda moves past it only once the sink has
 * acknowledged it, payload included.
 *
 * @throws UndamError `bad-option` at construction
 */
export function quarantine<E = KinesisStreamEvent>(options: QuarantineOptions): StreamMiddleware<E> {
  return quarantineOn(systemHooks, options);
}

export function quarantineOn<E>(hooks: Hooks, options: QuarantineOptions): StreamMiddleware<E> {
  checkOptions('quarantine()', options, {
    sink: required(objectWith('send')),
    attempts: integer(1, 1_000),
    retry: { expected: '{ baseMs, capMs } with capMs not below baseMs, or "redelivery"', accepts: isRetry },
    isPermanent: aFunction,
  });
  const { sink, attempts = 3, retry = {}, isPermanent } = options;
  return hooks.of('quarantine', { sink, attempts, retry, isPermanent });
}

function isRetry(value: unknown): boolean {
  if (value === 'redelivery') return true;
  if (!isObject(value)) return false;
  const ms = integer(0, 900_000);
  checkOptions('quarantine() retry', value, { baseMs: ms, capMs: ms });
  const { baseMs = 0, capMs = Infinity } = value as Backoff;
  return baseMs <= capMs;
}
