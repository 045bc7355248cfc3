import type { Retry } from '../../base/backoff.ts';
import { UndamError } from '../../base/errors.ts';
import type { Ledger } from '../../ledgers/ledger.ts';
import type { Observe } from '../../observe/events.ts';
import type { Sink } from '../../sinks/sink.ts';
import type { IsPermanent } from '../judge/verdict.ts';
import type { Redeliveries } from '../recall/passed-unresolved.ts';
import type { Environment } from '../run/environment.ts';
import type { BudgetSettings } from '../time/budget.ts';

/** The settings that each middleware brings to an invocation. */
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

/** The error of a handler or middleware that runs without `partialBatch()`, the owner of memory and events. */
export function partialBatchMissing(): UndamError {
  return new UndamError(
    'partial-batch-missing',
    'expected partialBatch() among the middlewares of this handler, got none: nothing can be reported without it. Add .use(partialBatch()). If the handler has it, it comes from another copy of undam: load a single version, always by import or always by require (npm ls undam)',
  );
}
