import { aFunction, checkOptions, objectWith, oneOrMore, required } from '../base/options.ts';
import { logErrorsRule } from '../observe/error-text.ts';
import type { KinesisStreamEvent } from '../streams/kinesis-types.ts';
import { type Hooks, type StreamMiddleware, systemHooks } from './hooks.ts';
import { type PartialBatchOptions, partialBatchOn } from './partial-batch.ts';
import { type QuarantineOptions, quarantineOn } from './quarantine.ts';
import { type TimeBudgetOptions, timeBudgetOn } from './time-budget.ts';

export interface StreamGuardOptions extends PartialBatchOptions {
  readonly quarantine: QuarantineOptions;
  /** @default {} */
  readonly timeBudget?: TimeBudgetOptions;
}

/**
 * All three middlewares at once: `middy().use(streamGuard({ quarantine: { sink } }))`.
 *
 * @throws UndamError `bad-option` at construction
 */
export function streamGuard<E = KinesisStreamEvent>(options: StreamGuardOptions): StreamMiddleware<E>[] {
  return streamGuardOn(systemHooks, options);
}

export function streamGuardOn<E>(hooks: Hooks, options: StreamGuardOptions): StreamMiddleware<E>[] {
  checkOptions('streamGuard()', options, {
    quarantine: required(objectWith()),
    timeBudget: objectWith(),
    ledger: objectWith('recall', 'remember'),
    observe: oneOrMore(aFunction),
    logErrors: logErrorsRule,
  });
  const { quarantine, timeBudget, ...partialBatch } = options;
  return [partialBatchOn(hooks, partialBatch), quarantineOn(hooks, quarantine), timeBudgetOn(hooks, timeBudget)];
}
