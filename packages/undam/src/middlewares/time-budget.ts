import { checkOptions, integer } from '../base/options.ts';
import { defaultReserveMs, minReserveMs } from '../engine/time/budget.ts';
import type { KinesisStreamEvent } from '../streams/kinesis.ts';
import { type Hooks, type StreamMiddleware, systemHooks } from './hooks.ts';

export interface TimeBudgetOptions {
  /** Milliseconds before the deadline that are kept for sink, ledger and response. @default 1_000 */
  readonly reserveMs?: number;
  /** Milliseconds that one attempt on one record may take. @default no limit but the batch's budget */
  readonly recordMs?: number;
}

/**
 * Ends what runs too long, so that everything that is done by then is kept: records that were not started or were cut off are
 * delivered again, uncharged. It cannot end a loop that never gives the event loop a turn: Lambda's own time-out does.
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
