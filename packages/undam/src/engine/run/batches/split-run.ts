import { isOutageError, UndamError } from '../../../base/errors.ts';
import { Promise, Set } from '../../../base/intrinsics.ts';
import { laneNames, type Order } from '../lanes.ts';
import type { Run, RunOptions } from '../run.ts';
import { mustEndBefore } from '../suspect-barrier.ts';
import { readCall } from './all-or-nothing-answer.ts';
import { BatchCalls, type CallBatchHandler, type CallEnd } from './batch-calls.ts';
import { type Chunk, SplitQueue } from './split-queue.ts';

/** A record that threw alone before any call had succeeded. */
interface Lone {
  readonly index: number;
  readonly error: unknown;
}

/**
 * Calls a handler that fails as a whole with chunks of the batch: after a throw with the halves, in batch order, until the bad
 * record is alone. With n records a bad one costs at most 2 * ceil(log2 n) + 1 calls, apart from its own retries.
 *
 * A record that throws alone is charged, unless no call has succeeded and the next call throws, too: then both halves of a call
 * have failed, as in an outage. All records are held once, and charged the next time.
 */
export class SplitRun implements Run {
  readonly #options: RunOptions;
  readonly #handler: CallBatchHandler;
  readonly #calls: BatchCalls;
  readonly #queue: SplitQueue;
  readonly #lanes: readonly (string | undefined)[];
  /** Waits for the next call, which tells poison from outage. */
  #lone: Lone | undefined;
  #hasCalled = false;
  #hasSucceeded = false;
  #suspects: ReadonlySet<number> = new Set();

  constructor(options: RunOptions, order: Order, handler: CallBatchHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#calls = new BatchCalls(options);
    this.#lanes = laneNames(options.batch, order);
    this.#queue = new SplitQueue(this.#lanes);
  }

  close(): void {
    this.#calls.close();
  }

  /** @throws UndamError `budget-ended` if the budget ends before the first record of the batch has been called alone */
  run(): Promise<void> {
    return this.#calls.within(() => this.#run());
  }

  async #run(): Promise<void> {
    const { batchState, emit } = this.#options;
    const suspects = batchState.suspects();
    this.#suspects = new Set(suspects);
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    const indexes = await this.#calls.admit(this.#lanes);
    this.#queue.begin(indexes, Math.max(batchState.givenBack(indexes[0] ?? 0), batchState.givenBack(batchState.head)));
    while (await this.#callNext());
  }

  /** False if no call is left. */
  async #callNext(): Promise<boolean> {
    const chunk = this.#queue.next(this.#suspects);
    if (chunk.length === 0) {
      if (this.#lone === undefined) return false;
      await this.#judgeLone();
      return !this.#calls.closed;
    }
    const end = await this.#call(chunk);
    if (this.#calls.closed) return false;
    if (end?.how === 'rejected') return this.#judgeThrow(chunk, end.error);
    await this.#judgeLone();
    if (end?.how === 'answered') return true;
    if (end !== undefined) this.#cutOff(chunk, end.error);
    else if (chunk.includes(this.#options.batchState.head) && this.#hasCalled) this.#failForTime(budgetEnded());
    return false;
  }

  /** `undefined` without a call: the budget has ended, or a suspect must lead its batch. */
  async #call(chunk: Chunk): Promise<CallEnd | undefined> {
    const { arbiter, environment, emit } = this.#options;
    const alone = this.#suspects.has(chunk[0]!);
    if (alone && mustEndBefore(chunk[0]!, this.#options)) return undefined;
    for (;;) {
      if (!this.#calls.mayCall()) return undefined;
      const clear = this.#calls.clears(alone);
      // Nothing may be awaited between the last check and the call.
      if (clear === true) break;
      if (!(await clear)) return undefined;
    }
    this.#hasCalled = true;
    if (chunk.length === 1) arbiter.start(chunk[0]!, alone && environment.zombies.count === 0);
    else for (const index of chunk) arbiter.startTogether(index);
    const end = readCall(await this.#calls.call(this.#handler, chunk), emit);
    this.#calls.release();
    if (this.#calls.closed) return end;
    if (end.how === 'answered') {
      this.#hasSucceeded = true;
      for (const index of chunk) arbiter.done(index);
    } else if (end.how === 'rejected' && chunk.length > 1) for (const index of chunk) arbiter.endTogether(index);
    return end;
  }

  /** False if no call is left. */
  async #judgeThrow(chunk: Chunk, error: unknown): Promise<boolean> {
    const { batchState, arbiter } = this.#options;
    const [index] = chunk;
    if (chunk.length > 1) {
      if (isOutageError(error) || this.#lone !== undefined) return this.#hold(chunk);
      const half = Math.ceil(chunk.length / 2);
      this.#queue.push(chunk.slice(half), chunk.slice(0, half));
      return true;
    }
    if (index === undefined) return true;
    // The other calls, the error or the record's history are evidence enough.
    if (this.#hasSucceeded || arbiter.judgement(index, error) !== 'ordinary') await this.#charge({ index, error });
    else if (batchState.wasGivenBack(index)) await this.#charge({ index, error }, false);
    else if (this.#lone === undefined) {
      this.#lone = { index, error };
      this.#queue.setAsideBehind(index);
      arbiter.endTogether(index);
    } else {
      this.#holdLone({ index, error });
      return this.#hold(chunk);
    }
    return true;
  }

  /** Holds all that is left: both halves of a call have thrown and nothing has succeeded, or an error shows an outage. */
  #hold(chunk: Chunk): false {
    const { arbiter } = this.#options;
    if (this.#lone !== undefined) this.#holdLone(this.#lone);
    this.#lone = undefined;
    for (const one of [...chunk, ...this.#queue.left()]) arbiter.holdWithOthers(one);
    return false;
  }

  #holdLone({ index, error }: Lone): void {
    this.#calls.fail(index, { how: 'rejected', error, settled: true, judgement: 'outage' });
  }

  /** Charges the lone record: it is poison, or nothing could be compared with it. */
  async #judgeLone(): Promise<void> {
    const lone = this.#lone;
    if (lone === undefined) return;
    this.#lone = undefined;
    const behind = this.#queue.takeSetAside();
    await this.#charge(lone);
    this.#queue.push(behind);
  }

  /** Charges a record that threw alone, and calls it again in place while the retry policy and the budget allow. */
  async #charge({ index, error }: Lone, mayRepeat: boolean = true): Promise<void> {
    const { batchState, timer } = this.#options;
    let next = this.#calls.fail(index, { how: 'rejected', error, settled: true }, mayRepeat);
    while (next.next === 'again') {
      const { at } = next;
      await new Promise<void>((resolve) => void timer.at(at, resolve));
      const end = await this.#call([index]);
      if (this.#calls.closed) return;
      if (end?.how === 'cut-off') this.#cutOff([index], end.error);
      if (end?.how !== 'rejected') break;
      next = this.#calls.fail(index, { how: 'rejected', error: end.error, settled: true }, mayRepeat);
    }
    await this.#calls.allSent();
    if (!batchState.isResolved(index)) this.#queue.block(index);
  }

  /**
   * The budget ended during a call. A record that was alone is charged if it is the first of the batch. If the first record was
   * in the call with others, the invocation fails. Its memory keeps the cut-off, and the next delivery calls half as many
   * records.
   */
  #cutOff(chunk: Chunk, error: UndamError): void {
    const { arbiter, batchState } = this.#options;
    const [first] = chunk;
    if (first === undefined) return;
    if (chunk.length === 1) this.#calls.fail(first, { how: 'cut-off', error, settled: false });
    else if (chunk.includes(batchState.head)) this.#failForTime(error);
    else arbiter.cutTogether(first);
  }

  #failForTime(error: UndamError): never {
    const { arbiter, batchState } = this.#options;
    arbiter.cutTogether(batchState.head);
    throw error;
  }
}

function budgetEnded(): UndamError {
  return new UndamError(
    'budget-ended',
    "the batch's time budget ended before its first record had been called alone: raise the function's Timeout, or lower BatchSize",
  );
}
