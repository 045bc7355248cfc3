import type { Ambient } from '../../src/base/clock.ts';
import { Promise } from '../../src/base/intrinsics.ts';
import { bounds } from '../../src/engine/time/bounds.ts';
import { Hooks } from '../../src/middlewares/hooks.ts';
import { type PartialBatchOptions, partialBatchOn } from '../../src/middlewares/partial-batch.ts';
import { type QuarantineOptions, quarantineOn } from '../../src/middlewares/quarantine.ts';
import { type StreamGuardOptions, streamGuardOn } from '../../src/middlewares/stream-guard.ts';
import { type TimeBudgetOptions, timeBudgetOn } from '../../src/middlewares/time-budget.ts';
import type { KinesisStreamEvent } from '../../src/streams/kinesis-types.ts';
import type { LambdaContext } from '../../src/streams/lambda-context.ts';
import type { BatchResponse } from '../../src/streams/response.ts';
import { VirtualClock } from './virtual-clock.ts';

/** How an invocation ended, as Lambda sees it. */
export type Ending =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'killed' };

/** Anything that Lambda could call. */
export type Invocable = (event: never, context: never) => unknown;

/** The middlewares on a given clock and randomness. */
function middlewaresOn(ambient: Ambient) {
  const hooks = new Hooks(ambient);
  return {
    partialBatch: <E = KinesisStreamEvent>(options?: PartialBatchOptions) => partialBatchOn<E>(hooks, options),
    quarantine: <E = KinesisStreamEvent>(options: QuarantineOptions) => quarantineOn<E>(hooks, options),
    timeBudget: <E = KinesisStreamEvent>(options?: TimeBudgetOptions) => timeBudgetOn<E>(hooks, options),
    streamGuard: <E = KinesisStreamEvent>(options: StreamGuardOptions) => streamGuardOn<E>(hooks, options),
  };
}

/** A function's environment in virtual time. */
export class VirtualLambda {
  readonly clock = new VirtualClock();
  readonly ambient: Ambient;
  readonly middlewares: ReturnType<typeof middlewaresOn>;
  readonly #timers = new Set<unknown>();

  /** @param random the jitter of every back-off. @default half of the longest */
  constructor(random: () => number = () => 0.5) {
    this.ambient = { clock: this.#countedClock(), random };
    this.middlewares = middlewaresOn(this.ambient);
  }

  /** Timers of the engine that are armed now. */
  get timers(): number {
    return this.#timers.size;
  }

  context(timeoutMs = 30_000, invokedFunctionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:f'): LambdaContext {
    const deadline = this.clock.now() + timeoutMs;
    const context: Partial<LambdaContext> = {
      functionVersion: '$LATEST',
      invokedFunctionArn,
      getRemainingTimeInMillis: () => deadline - this.clock.now(),
    };
    return context as LambdaContext;
  }

  /** Calls the handler and lets time pass until it has answered or its time is over. */
  async invoke(handler: Invocable, event: unknown, context: object = this.context()): Promise<Ending> {
    const remainingMs = (context as Partial<LambdaContext>).getRemainingTimeInMillis?.() ?? 2 * bounds.invocationMs;
    const answer = Promise.resolve(handler(event as never, context as never));
    const settled = await this.clock.runUntil(answer, this.clock.now() + remainingMs);
    if (!settled) return { kind: 'killed' };
    return answer.then(
      (value): Ending => ({ kind: 'answered', answer: value }),
      (error: unknown): Ending => ({ kind: 'threw', error }),
    );
  }

  /** Lets time pass without a call. */
  async pass(ms: number): Promise<void> {
    await this.clock.runUntil(new Promise(() => {}), this.clock.now() + ms);
  }

  #countedClock(): Ambient['clock'] {
    const { clock } = this;
    return {
      now: clock.now,
      date: clock.date,
      setTimeout: (run, ms) => {
        const timer = clock.setTimeout(() => {
          this.#timers.delete(timer);
          run();
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.#timers.delete(timer);
        clock.clearTimeout(timer);
      },
    };
  }
}

/** The sequence numbers that a response reports. Fails without a response. */
export function reportedIn(ending: Ending): string[] {
  if (ending.kind !== 'answered')
    throw new Error(`expected a response, got: ${JSON.stringify(ending)}`, { cause: ending });
  return (ending.answer as BatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

/** The error of a failed invocation. Fails if it did not fail. */
export function errorOf(ending: Ending): unknown {
  if (ending.kind !== 'threw') throw new Error(`expected an error, got: ${JSON.stringify(ending)}`);
  return ending.error;
}
