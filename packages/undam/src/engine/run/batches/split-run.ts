import { fullJitter } from '../../../base/backoff.ts';
import { isOutageError, UndamError } from '../../../base/errors.ts';
import { Promise, Set } from '../../../base/intrinsics.ts';
import type { FailSteps, Next } from '../../judge/arbiter.ts';
import type { Failure } from '../../judge/verdict.ts';
import type { Run, RunOptions } from '../handler-run.ts';
import { laneNames, type Order } from '../lanes.ts';
import { type CallEnd, readCall } from './all-or-nothing-answer.ts';
import { BatchCalls, type CallBatchHandler } from './batch-calls.ts';
import { type Part, Parts } from './split-queue.ts';

/** A record that threw alone before any call had succeeded. */
interface Lone {
  readonly index: number;
  readonly error: unknown;
}

/**
 * Calls a handler that fails as a whole with parts of the batch: where one throws, with its halves in batch order, until
 * what is bad stands alone. With n records a bad one costs 2·ceil(log2 n) + 1 calls at most, its own retries aside.
 *
 * A record that throws alone is charged, unless no call has succeeded and the next one throws, too: both halves of a call
 * have failed then, which an outage looks like. All is held once, and charged the next time.
 */
export class SplitRun implements Run {
  readonly #options: RunOptions;
  readonly #handler: CallBatchHandler;
  readonly #calls: BatchCalls;
  readonly #parts: Parts;
  readonly #lanes: readonly (string | undefined)[];
  readonly #steps: FailSteps;
  readonly #stepsUnsettled: FailSteps;
  /** Waits for the next call, which tells poison from outage. */
  #lone: Lone | undefined;
  #hasCalled = false;
  #hasSucceeded = false;
  #suspects: ReadonlySet<number> = new Set();
  #repeatAt = 0;

  constructor(options: RunOptions, order: Order, handler: CallBatchHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#calls = new BatchCalls(options);
    this.#lanes = laneNames(options.batch, order);
    this.#parts = new Parts(this.#lanes);
    const { acknowledged } = this.#calls;
    this.#steps = { acknowledged, mayRepeat: (index) => this.#mayRepeat(index), settled: true };
    this.#stepsUnsettled = { acknowledged, mayRepeat: () => false, settled: false };
  }

  close(): void {
    this.#calls.close();
  }

  /** @throws UndamError `budget-ended` where the budget ends before the first record of the batch has stood alone */
  run(): Promise<void> {
    return this.#calls.within(() => this.#run());
  }

  async #run(): Promise<void> {
    const { batchState, emit } = this.#options;
    const suspects = batchState.suspects();
    this.#suspects = new Set(suspects);
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    const indexes = await this.#calls.admit(this.#lanes);
    this.#parts.begin(indexes, Math.max(batchState.givenBack(indexes[0] ?? 0), batchState.givenBack(batchState.head)));
    while (await this.#callNext());
  }

  /** False where nothing more is to be called. */
  async #callNext(): Promise<boolean> {
    const part = this.#parts.next(this.#suspects);
    if (part.length === 0) {
      if (this.#lone === undefined) return false;
      await this.#judgeLone();
      return !this.#calls.closed;
    }
    const result = await this.#call(part);
    if (this.#calls.closed) return false;
    if (result.kind === 'thrown') return this.#judgeThrow(part, result.error);
    await this.#judgeLone();
    if (result.kind === 'done') return true;
    if (result.kind === 'cut') this.#cutShort(part, result.error);
    else if (part.includes(this.#options.batchState.head) && this.#hasCalled) this.#failForTime(budgetEnded());
    return false;
  }

  async #call(part: Part): Promise<Called> {
    const { batchState, arbiter, environment, emit } = this.#options;
    const alone = this.#suspects.has(part[0]!);
    if (alone && batchState.endsBefore(part[0]!, environment.zombies)) return { kind: 'not called' };
    for (;;) {
      if (!this.#calls.mayCall()) return { kind: 'not called' };
      const clear = this.#calls.clears(alone);
      // Nothing is awaited between the last look and the call.
      if (clear === true) break;
      if (!(await clear)) return { kind: 'not called' };
    }
    this.#hasCalled = true;
    if (part.length === 1) arbiter.start(part[0]!, alone && environment.zombies === 0);
    else for (const index of part) arbiter.startTogether(index);
    const called = readCall(await this.#calls.call(this.#handler, part), emit);
    this.#calls.release();
    if (this.#calls.closed) return called;
    if (called.kind === 'done') {
      this.#hasSucceeded = true;
      for (const index of part) arbiter.done(index);
    } else if (called.kind === 'thrown' && part.length > 1) for (const index of part) arbiter.endTogether(index);
    return called;
  }

  /** False where nothing more is to be called. */
  async #judgeThrow(part: Part, error: unknown): Promise<boolean> {
    const { batchState, arbiter } = this.#options;
    const [index] = part;
    if (part.length > 1) {
      if (isOutageError(error) || this.#lone !== undefined) return this.#hold(part);
      const half = Math.ceil(part.length / 2);
      this.#parts.push(part.slice(half), part.slice(0, half));
      return true;
    }
    if (index === undefined) return true;
    // Its own history, its error or the other calls say enough.
    if (this.#hasSucceeded || arbiter.judgement(index, error) !== 'ordinary') await this.#charge({ index, error });
    else if (batchState.wasGivenBack(index)) await this.#charge({ index, error }, this.#stepsOnce);
    else if (this.#lone === undefined) {
      this.#lone = { index, error };
      this.#parts.setAsideBehind(index);
      arbiter.endTogether(index);
    } else {
      arbiter.hold(index, error);
      return this.#hold(part);
    }
    return true;
  }

  /** Both halves of a call have thrown, and nothing has succeeded, or one says that there is an outage: all that is left is held. */
  #hold(part: Part): false {
    const { arbiter } = this.#options;
    if (this.#lone !== undefined) arbiter.hold(this.#lone.index, this.#lone.error);
    this.#lone = undefined;
    for (const one of [...part, ...this.#parts.left()]) arbiter.holdWithOthers(one);
    return false;
  }

  /** The lone record is poison, or there was nothing to compare it with. */
  async #judgeLone(): Promise<void> {
    const lone = this.#lone;
    if (lone === undefined) return;
    this.#lone = undefined;
    const behind = this.#parts.takeSetAside();
    await this.#charge(lone);
    this.#parts.push(behind);
  }

  /** Charges a record that threw alone, and calls it again in place while the retry policy and the budget allow. */
  async #charge({ index, error }: Lone, steps: FailSteps = this.#steps): Promise<void> {
    const { batchState, timer } = this.#options;
    let next = this.#fail(index, 'rejected', error, steps);
    while (next === 'again') {
      await new Promise<void>((resolve) => void timer.at(this.#repeatAt, resolve));
      const result = await this.#call([index]);
      if (this.#calls.closed) return;
      if (result.kind === 'cut') this.#cutShort([index], result.error);
      next = result.kind === 'thrown' ? this.#fail(index, 'rejected', result.error, steps) : 'redelivery';
    }
    await this.#calls.allSent();
    if (!batchState.isResolved(index)) this.#parts.block(index);
  }

  /**
   * The budget ended during a call: a record that was alone is charged where it is the first of the batch; where that one
   * was with others, the invocation fails. That is remembered of it, and the next delivery calls half as many.
   */
  #cutShort(part: Part, error: UndamError): void {
    const { arbiter, batchState } = this.#options;
    const [first] = part;
    if (first === undefined) return;
    if (part.length === 1 && first !== batchState.head) arbiter.giveBack(first, false);
    else if (part.length === 1) this.#fail(first, 'timed-out', error, this.#stepsUnsettled);
    else if (part.includes(batchState.head)) this.#failForTime(error);
    else arbiter.cutTogether(first);
  }

  #failForTime(error: UndamError): never {
    const { arbiter, batchState } = this.#options;
    arbiter.cutTogether(batchState.head);
    throw error;
  }

  #fail(index: number, how: Failure, error: unknown, steps: FailSteps): Next {
    const next = this.#options.arbiter.fail(index, how, error, 'handler', steps);
    if (next === 'quarantine') this.#calls.sends();
    return next;
  }

  #mayRepeat(index: number): boolean {
    const { retry, ambient, budget, batchState } = this.#options;
    if (retry === 'redelivery') return false;
    this.#repeatAt = ambient.clock.now() + fullJitter(retry, batchState.charges(index), ambient.random);
    return this.#repeatAt < budget.retryBy;
  }

  get #stepsOnce(): FailSteps {
    return { ...this.#steps, mayRepeat: () => false };
  }
}

type Called = CallEnd | { readonly kind: 'not called' };

function budgetEnded(): UndamError {
  return new UndamError(
    'budget-ended',
    "the batch's time budget ended before its first record had been called alone: raise the function's Timeout, or lower BatchSize",
  );
}
