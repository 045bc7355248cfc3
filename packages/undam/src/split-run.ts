import type { FailSteps, Next } from './arbiter.ts';
import { BatchCalls, beforeSuspect, type CallBatchHandler, type CallResult } from './batch-calls.ts';
import { kindOf } from './describe.ts';
import { isOutageError, UndamError } from './errors.ts';
import type { Order } from './lanes.ts';
import { fullJitter } from './retry.ts';
import type { RunOptions } from './run.ts';
import type { Failure } from './verdict.ts';

export interface SplitRunOptions extends RunOptions {
  readonly order: Order;
}

/** A record that threw alone before any call had succeeded. */
interface Lone {
  readonly index: number;
  readonly error: unknown;
}

type Part = readonly number[];

/**
 * Calls a handler that fails as a whole with parts of the batch: where one throws, with its halves in batch order, until
 * what is bad stands alone. With n records a bad one costs 2·ceil(log2 n) + 1 calls at most, its own retries aside.
 *
 * A record that throws alone is charged, unless no call has succeeded and the next one throws, too: both halves of a call
 * have failed then, which an outage looks like. All is held once, and charged the next time.
 */
export class SplitRun {
  readonly #options: SplitRunOptions;
  readonly #calls: BatchCalls;
  readonly #lanes: readonly (string | undefined)[];
  readonly #steps: FailSteps;
  readonly #stepsUnsettled: FailSteps;
  /** What is still to be called, the next part last. */
  #parts: Part[] = [];
  /** Lanes whose later records come with a later delivery. */
  readonly #blocked = new Set<string>();
  /** Waits for the next call, which tells poison from outage. */
  #lone: Lone | undefined;
  /** What stands behind the lone record in its lane. */
  #behindLone: number[] = [];
  #hasCalled = false;
  #hasSucceeded = false;
  #suspects: ReadonlySet<number> = new Set();
  #repeatAt = 0;

  constructor(options: SplitRunOptions) {
    this.#options = options;
    this.#calls = new BatchCalls(options);
    const { partitionKeys } = options.batch;
    this.#lanes = options.order === 'key' ? partitionKeys : partitionKeys.map(() => oneLane(options.order));
    const { acknowledged } = this.#calls;
    this.#steps = { acknowledged, mayRepeat: (index) => this.#mayRepeat(index), settled: true };
    this.#stepsUnsettled = { acknowledged, mayRepeat: () => false, settled: false };
  }

  /** From here on nothing that the handler or the sink answers has an effect. */
  close(): void {
    this.#calls.close();
  }

  /** @throws UndamError `budget-ended` where the budget ends before the first record of the batch has stood alone */
  run(call: CallBatchHandler): Promise<void> {
    return this.#calls.within(() => this.#run(call));
  }

  async #run(call: CallBatchHandler): Promise<void> {
    const { fates, emit } = this.#options;
    const suspects = fates.suspects();
    this.#suspects = new Set(suspects);
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    const indexes = await this.#calls.admit(this.#lanes);
    this.#parts = partsOf(indexes, fates.givenBack(indexes[0] ?? 0)).reverse();
    while (await this.#callNext(call));
  }

  /** False where nothing more is to be called. */
  async #callNext(call: CallBatchHandler): Promise<boolean> {
    const part = this.#next();
    if (part.length === 0) {
      if (this.#lone === undefined) return false;
      await this.#judgeLone(call);
      return !this.#calls.closed;
    }
    const result = await this.#call(call, part);
    if (this.#calls.closed) return false;
    if (result.kind === 'thrown') return this.#judgeThrow(call, part, result.error);
    await this.#judgeLone(call);
    if (result.kind === 'done') return true;
    if (result.kind === 'cut') this.#cutShort(part, result.error);
    else if (part[0] === 0 && this.#hasCalled) this.#failForTime(part, budgetEnded());
    return false;
  }

  /** The next part without what stands behind an unresolved record; none where nothing is left. */
  #next(): Part {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      const together = beforeSuspect(part, this.#suspects);
      if (together.length < part.length) this.#parts.push(part.slice(together.length));
      const free = together.filter((index) => this.#isFree(index));
      if (free.length > 0) return free;
    }
    return [];
  }

  #isFree(index: number): boolean {
    const lane = this.#lanes[index];
    if (lane === undefined) return true;
    if (this.#lone !== undefined && lane === this.#lanes[this.#lone.index]) {
      this.#behindLone.push(index);
      return false;
    }
    return !this.#blocked.has(lane);
  }

  async #call(call: CallBatchHandler, part: Part): Promise<Called> {
    const { fates, arbiter, crew } = this.#options;
    const alone = this.#suspects.has(part[0]!);
    if (alone && fates.endsBefore(part[0]!, crew.zombies)) return { kind: 'not called' };
    for (;;) {
      if (!this.#calls.mayCall()) return { kind: 'not called' };
      const clear = this.#calls.clears(alone);
      // Nothing is awaited between the last look and the call.
      if (clear === true) break;
      if (!(await clear)) return { kind: 'not called' };
    }
    this.#hasCalled = true;
    if (part.length === 1) arbiter.start(part[0]!, alone && crew.zombies === 0);
    else for (const index of part) arbiter.startTogether(index);
    const called = this.#read(await this.#calls.call(call, part));
    this.#calls.release();
    if (this.#calls.closed) return called;
    if (called.kind === 'done') {
      this.#hasSucceeded = true;
      for (const index of part) arbiter.done(index);
    } else if (called.kind === 'thrown' && part.length > 1) for (const index of part) arbiter.endTogether(index);
    return called;
  }

  #read(result: CallResult): Called {
    if (result.kind !== 'answered') return result;
    const problem = problemIn(result.answer);
    if (problem === undefined) return { kind: 'done' };
    this.#options.emit({ type: 'answer-unreadable', problem });
    if (result.cutBy !== undefined) return { kind: 'cut', error: result.cutBy };
    return { kind: 'thrown', error: new UndamError('unreadable-answer', `the handler's answer: ${problem}`) };
  }

  /** False where nothing more is to be called. */
  async #judgeThrow(call: CallBatchHandler, part: Part, error: unknown): Promise<boolean> {
    const { fates, arbiter } = this.#options;
    const [index] = part;
    if (part.length > 1) {
      if (isOutageError(error) || this.#lone !== undefined) return this.#hold(part);
      const half = Math.ceil(part.length / 2);
      this.#parts.push(part.slice(half), part.slice(0, half));
      return true;
    }
    if (index === undefined) return true;
    // Its own history, its error or the other calls say enough.
    if (this.#hasSucceeded || arbiter.judgement(error) !== 'ordinary') await this.#charge(call, { index, error });
    else if (fates.wasGivenBack(index)) await this.#charge(call, { index, error }, this.#stepsOnce);
    else if (this.#lone === undefined) {
      this.#lone = { index, error };
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
    for (const one of [...part, ...this.#behindLone, ...this.#parts.flat()]) arbiter.holdWithOthers(one);
    return false;
  }

  /** The lone record is poison, or there was nothing to compare it with. */
  async #judgeLone(call: CallBatchHandler): Promise<void> {
    const lone = this.#lone;
    if (lone === undefined) return;
    this.#lone = undefined;
    const behind = this.#behindLone;
    this.#behindLone = [];
    await this.#charge(call, lone);
    this.#parts.push(behind);
  }

  /** Charges a record that threw alone, and calls it again in place while the retry policy and the budget allow. */
  async #charge(call: CallBatchHandler, { index, error }: Lone, steps: FailSteps = this.#steps): Promise<void> {
    const { fates, watch } = this.#options;
    let next = this.#fail(index, 'rejected', error, steps);
    while (next === 'again') {
      await new Promise<void>((resolve) => void watch.at(this.#repeatAt, resolve));
      const result = await this.#call(call, [index]);
      if (this.#calls.closed) return;
      if (result.kind === 'cut') this.#cutShort([index], result.error);
      next = result.kind === 'thrown' ? this.#fail(index, 'rejected', result.error, steps) : 'redelivery';
    }
    await this.#calls.allSent();
    const lane = this.#lanes[index];
    if (lane !== undefined && !fates.isResolved(index)) this.#blocked.add(lane);
  }

  /**
   * The budget ended during a call: a record that was alone is charged where it is the first of the batch; where that one
   * was with others, the invocation fails. The first of them remembers that, and the next delivery calls half as many.
   */
  #cutShort(part: Part, error: UndamError): void {
    const { arbiter } = this.#options;
    const [first] = part;
    if (first === undefined) return;
    if (part.length === 1 && first > 0) arbiter.giveBack(first, false);
    else if (part.length === 1) this.#fail(first, 'timed-out', error, this.#stepsUnsettled);
    else if (first === 0) this.#failForTime(part, error);
    else arbiter.cutTogether(first);
  }

  #failForTime(part: Part, error: UndamError): never {
    this.#options.arbiter.cutTogether(part[0]!);
    throw error;
  }

  #fail(index: number, how: Failure, error: unknown, steps: FailSteps): Next {
    const next = this.#options.arbiter.fail(index, how, error, 'handler', steps);
    if (next === 'quarantine') this.#calls.sends();
    return next;
  }

  #mayRepeat(index: number): boolean {
    const { retry, ambient, budget, fates } = this.#options;
    if (retry === 'redelivery') return false;
    this.#repeatAt = ambient.clock.now() + fullJitter(retry, fates.charges(index), ambient.random);
    return this.#repeatAt < budget.retryBy;
  }

  get #stepsOnce(): FailSteps {
    return { ...this.#steps, mayRepeat: () => false };
  }
}

type Called =
  | { readonly kind: 'done' | 'not called' }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'cut'; readonly error: UndamError };

function oneLane(order: Order): string | undefined {
  return order === 'shard' ? '' : undefined;
}

function budgetEnded(): UndamError {
  return new UndamError('budget-ended', "the batch's time budget ended before its first record had been called alone");
}

/**
 * The parts that are called first: all, or after calls that the budget cut off half of it for each of them. Where that
 * went well twice as many follow.
 */
function partsOf(indexes: Part, cuts: number): Part[] {
  const parts: Part[] = [];
  let size = Math.max(1, Math.ceil(indexes.length / 2 ** cuts));
  for (let from = 0; from < indexes.length; from += size, size *= 2) parts.push(indexes.slice(from, from + size));
  return parts;
}

/** A handler that names its failures, instead of throwing, must not be taken for one on which all went well. */
function problemIn(answer: unknown): string | undefined {
  try {
    if (typeof answer !== 'object' || answer === null) return undefined;
    if (Array.isArray(answer)) return answer.some(isRejected) ? expected('a rejected result') : undefined;
    const { batchItemFailures } = answer as { batchItemFailures?: unknown };
    if (batchItemFailures === undefined || isEmptyArray(batchItemFailures)) return undefined;
    return expected(`${kindOf(batchItemFailures)} as batchItemFailures`);
  } catch {
    return expected('an answer that throws when it is read');
  }
}

function expected(got: string): string {
  return `expected a throw or complete success, got ${got}; a handler that names its failures goes through wholeBatch()`;
}

function isEmptyArray(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isRejected(result: unknown): boolean {
  return (result as { status?: unknown } | null | undefined)?.status === 'rejected';
}
