import type { CheckScope, Problem } from '../base/problem.ts';
import type { Envelope } from '../envelope/envelope.ts';

/**
 * Where quarantined records go. A record is passed over only after `send` answered `accepted: true` for it, so a sink
 * answers that only for what has been stored durably.
 */
export interface Sink {
  /**
   * Stores the envelopes and answers one result for each, in the same order. A rejection, a short answer or an answer
   * after `signal` aborted counts as a refusal: the records are delivered again and sent again under the same `id`.
   */
  send(envelopes: readonly Envelope[], limits: SendLimits): Promise<readonly SendResult[]>;
  /** Called at the first failed attempt, so that a client can load before it is needed. */
  prepare?(): void;
  /** Whether it could send: loads and configures what it needs, and answers what is wrong. A rejection is a problem, too. */
  check?(scope: CheckScope): readonly Problem[] | Promise<readonly Problem[]>;
}

export interface SendLimits {
  /** Aborted when the reserve's share for sinks has ended. */
  readonly signal: AbortSignal;
  /** Milliseconds left until `signal` aborts; what retries have to fit in. */
  remainingMs(): number;
}

export type SendResult =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      readonly error: unknown;
      /** `too-large`: no repeat can store it, a sink for larger payloads can. @default none */
      readonly reason?: 'too-large';
    };
