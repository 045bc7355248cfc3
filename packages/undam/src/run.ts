import type { Arbiter } from './arbiter.ts';
import type { Batch } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Ambient } from './clock.ts';
import type { Crew } from './crew.ts';
import type { Fates } from './fates.ts';
import type { LambdaContext } from './lambda-context.ts';
import type { Emit } from './observe.ts';
import type { Retry } from './retry.ts';
import type { Watch } from './watch.ts';

/** What a handler is run with, whichever kind it is. */
export interface RunOptions {
  /** As the handler is to see it. */
  readonly batch: Batch;
  readonly fates: Fates;
  readonly arbiter: Arbiter;
  readonly context: LambdaContext;
  readonly budget: Budget;
  readonly retry: Retry;
  readonly ambient: Ambient;
  readonly watch: Watch;
  readonly crew: Crew;
  readonly emit: Emit;
}

/** A handler at work on its batch. */
export interface Run {
  /** Settles when every outcome stands. A rejection fails the invocation as a whole. */
  run(): Promise<void>;
  /** From here on nothing starts, and nothing that settles has an effect. */
  close(): void;
}
