import type { Ambient } from '../../base/clock.ts';
import type { Emit } from '../../observe/events.ts';
import type { LambdaContext } from '../../streams/lambda-context.ts';
import type { Batch } from '../../streams/read-batch.ts';
import type { Arbiter } from '../judge/arbiter.ts';
import type { BatchState } from '../judge/batch-state.ts';
import type { Budget } from '../time/budget.ts';
import type { Timer } from '../time/timer.ts';
import type { Environment } from './environment.ts';

/** The options of a run, for every kind of handler. */
export interface RunOptions {
  /** As the handler sees it. */
  readonly batch: Batch;
  readonly batchState: BatchState;
  readonly arbiter: Arbiter;
  readonly context: LambdaContext;
  readonly budget: Budget;
  readonly ambient: Ambient;
  readonly timer: Timer;
  readonly environment: Environment;
  readonly emit: Emit;
}

/** The run of a handler over its batch. */
export interface Run {
  /** Settles when every outcome is fixed. A rejection fails the invocation as a whole. */
  run(): Promise<void>;
  /** From here on nothing starts, and nothing that settles has an effect. */
  close(): void;
}
