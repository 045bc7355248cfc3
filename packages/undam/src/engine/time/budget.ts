/** The times of one invocation, on the clock. */
export interface Budget {
  /** No handler is awaited past this; `Infinity` without `timeBudget()`. */
  readonly endsAt: number;
  /** No attempt in place is scheduled for a later time. */
  readonly retryBy: number;
  /** No sink is awaited past this. */
  readonly sendBy: number;
  /** The response is due: no ledger is awaited past this. */
  readonly respondBy: number;
  /** Milliseconds that one attempt may take; `Infinity` if not set. */
  readonly recordMs: number;
}

/** The settings of `timeBudget()`, in milliseconds. */
export interface BudgetSettings {
  readonly reserveMs: number;
  readonly recordMs: number;
}

/** @see timeBudget */
export const defaultReserveMs = 1_000;

/** The minimum reserve that leaves time for the sink and the ledger. */
export const minReserveMs = 200;

/**
 * Kept free before the deadline: 50 ms by law, and as much again because timers fire late, the answer takes time to serialise and
 * other middlewares' hooks still run.
 */
const marginMs = 100;

/** The ledger's share of the reserve; the rest is the sink's. */
const ledgerShare = 0.25;
const ledgerMs = 250;

/**
 * @param deadline Lambda's, on the clock
 * @param settings `undefined` without `timeBudget()`: then no handler is cut off, and every other bound holds
 */
export function planBudget(deadline: number, settings: BudgetSettings | undefined): Budget {
  const reserveMs = settings?.reserveMs ?? defaultReserveMs;
  const respondBy = deadline - marginMs;
  const reserved = deadline - reserveMs;
  return {
    endsAt: settings === undefined ? Infinity : reserved,
    retryBy: reserved,
    sendBy: respondBy - Math.min(ledgerMs, (reserveMs - marginMs) * ledgerShare),
    respondBy,
    recordMs: settings?.recordMs ?? Infinity,
  };
}
