import type { Retry } from '../../base/backoff.ts';
import { UndamError } from '../../base/errors.ts';
import type { Ledger } from '../../ledgers/ledger.ts';
import type { Observe } from '../../observe/events.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { IsPermanent } from '../judge/verdict.ts';
import type { Redeliveries } from '../recall/redeliveries.ts';
import type { Environment } from '../run/environment.ts';
import type { BudgetSettings } from '../time/budget.ts';

/** What each middleware brings to an invocation. */
export interface Settings {
  partialBatch?: {
    readonly ledger: Ledger;
    readonly observe: Observe;
    readonly environment: Environment;
    readonly redeliveries: Redeliveries;
  };
  quarantine?: {
    readonly sink: Sink;
    readonly attempts: number;
    readonly retry: Retry;
    readonly isPermanent: IsPermanent | undefined;
  };
  timeBudget?: BudgetSettings;
}

/** The error of a handler or middleware that ran without the one that owns memory and events. */
export function partialBatchMissing(): UndamError {
  return new UndamError(
    'partial-batch-missing',
    'partialBatch() is not among the middlewares of this handler, and nothing can be reported without it: add .use(partialBatch()). Where it is there, it comes from another copy of undam: load one version of it in one way, by import or by require (npm ls undam)',
  );
}
