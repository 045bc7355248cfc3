export type { CheckAnswer, CheckEvent, CheckProblem } from './check-event.ts';
export type { StreamMiddleware } from './hooks.ts';
export { type PartialBatchOptions, partialBatch } from './partial-batch.ts';
export { type QuarantineOptions, quarantine } from './quarantine.ts';
export { type StreamGuardOptions, streamGuard } from './stream-guard.ts';
export { type TimeBudgetOptions, timeBudget } from './time-budget.ts';
