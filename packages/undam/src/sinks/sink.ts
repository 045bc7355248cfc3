import type { CheckScope, Problem } from '../base/problem.ts';
import type { Envelope } from '../envelope/envelope.ts';

/**
 * A durable store for quarantined records. Undam passes a record over only after `send` returned `accepted: true` for it: a sink
 * must return that only for an envelope that it has stored durably.
 */
export interface Sink {
  /**
   * Stores the envelopes and returns one result for each, in the same order. A rejection, too few results or a result after
   * `signal` aborted count as refusals: Lambda delivers the records again, and Undam sends them again under the same `id`.
   */
  send(envelopes: readonly Envelope[], limits: SendLimits): Promise<readonly SendResult[]>;
  /** Called at the first failed attempt, so that a client can load before its first use. */
  prepare?(): void;
  /**
   * Checks that the sink can send: loads and configures its client, and returns the problems found. A rejection counts as a
   * problem.
   */
  check?(scope: CheckScope): readonly Problem[] | Promise<readonly Problem[]>;
}

/** The time limits of a call to `send`. */
export interface SendLimits {
  /** Aborts at the end of the sinks' share of the reserve. */
  readonly signal: AbortSignal;
  /** Milliseconds until `signal` aborts: the bound for retries. */
  remainingMs(): number;
}

/** The sink's answer for one envelope: stored durably, or refused with an error. */
export type SendResult =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      readonly error: unknown;
      /** `too-large`: no repeat can store it, a sink for larger payloads can. @default none */
      readonly reason?: 'too-large';
    };
