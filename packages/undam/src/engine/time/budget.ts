/** The times of one invocation, on the clock. */
export interface Budget {
  /** No handler is awaited past this; `Infinity` without `timeBudget()`. */
  readonly endsAt: number;
  /** No attempt in place is scheduled for after this. */
  readonly retryBy: number;
  /** No sink is awaited past this. */
  readonly sendBy: number;
  /** No ledger is awaited past this: then the response is due. */
  readonly respondBy: number;
  /** Milliseconds one attempt may take; `Infinity` where nobody said. */
  readonly recordMs: number;
}

/** What `timeBudget()` asks for. */
export interface BudgetSettings {
  readonly reserveMs: number;
  readonly recordMs: number;
}

/** @see timeBudget */
export const defaultReserveMs = 1_000;

/** The least reserve that leaves the sink and the ledger any time. */
export const minReserveMs = 200;

/**
 * What is kept free before the deadline: 50 ms by law, and as much again because timers fire late, the answer has to be
 * serialised and other middlewares' hooks still run.
 */
const marginMs = 100;

/** The ledger's share of the reserve; the sink has the rest. */
const ledgerShare = 0.25;
const ledgerMs = 250;

/**
 * @param deadline when Lambda ends the invocation, on the clock
 * @param settings `undefined` without `timeBudget()`: handlers are not cut off then, everything else still is
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
