import { checkOptions, integer } from '../base/options.ts';
import { defaultReserveMs, minReserveMs } from '../engine/time/budget.ts';
import type { KinesisStreamEvent } from '../streams/kinesis-types.ts';
import { type Hooks, type StreamMiddleware, systemHooks } from './hooks.ts';

export interface TimeBudgetOptions {
  /** Milliseconds before the deadline that are kept for sink, ledger and response: 200 to 900_000. @default 1_000 */
  readonly reserveMs?: number;
  /** Milliseconds that one attempt on one record may take: 1 to 900_000. @default no limit except the batch's budget */
  readonly recordMs?: number;
}

/**
 * Ends handlers that run too long, and keeps everything done by then. Records that did not start or were cut off are delivered
 * again, uncharged, except a cut-off first record of the batch. A handler that blocks the event loop cannot be ended: only
 * Lambda's own time-out does that.
 *
 * @throws UndamError `bad-option` at construction
 */
export function timeBudget<E = KinesisStreamEvent>(options: TimeBudgetOptions = {}): StreamMiddleware<E> {
  return timeBudgetOn(systemHooks, options);
}

export function timeBudgetOn<E>(hooks: Hooks, options: TimeBudgetOptions = {}): StreamMiddleware<E> {
  checkOptions('timeBudget()', options, { reserveMs: integer(minReserveMs, 900_000), recordMs: integer(1, 900_000) });
  const { reserveMs = defaultReserveMs, recordMs = Infinity } = options;
  return hooks.of('timeBudget', { reserveMs, recordMs });
}
