import { UndamError } from '../../../base/errors.ts';
import { AbortController, Promise, Set } from '../../../base/intrinsics.ts';
import { engineFrame } from '../../../observe/error-place.ts';
import type { Acknowledged, Standing } from '../../judge/arbiter.ts';
import type { Member } from '../environment.ts';
import type { RunOptions } from '../handler-run.ts';

/** One call of a batch handler, with the batch's indexes of the records that go into it. */
export type CallBatchHandler = (indexes: readonly number[], signal: AbortSignal) => unknown;

/** How a call ended; `cutBy`: its signal had been aborted before it answered. */
export type CallResult =
  | { readonly kind: 'answered'; readonly answer: unknown; readonly cutBy?: UndamError }
  | { readonly kind: 'thrown'; readonly error: unknown }
  | { readonly kind: 'cut'; readonly error: UndamError };

/** What a batch handler waits at most for sends of earlier deliveries, as a share of the time. */
const sendShare = 0.25;

/** The calls of a batch handler in one invocation, one after the other and each within the budget, and the sends between them. */
export class BatchCalls implements Member {
  readonly #options: RunOptions;
  #sending = 0;
  #sent: () => void = () => {};
  /** Of the call that has not settled. */
  #abort: AbortController | undefined;
  #closed = false;
  #calling = false;
  /** The last call was cut off and has not settled. */
  #abandoned = false;
  #wake: () => void = () => {};

  constructor(options: RunOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#calling;
  }

  /** Nothing that the handler or the sink answers has an effect any more. */
  get closed(): boolean {
    return this.#closed;
  }

  wake(): void {
    this.#wake();
  }

  /** Calls that `run` makes are known to the other invocations of this process; what it has sent, however it ends, is awaited. */
  async within(run: () => Promise<void>): Promise<void> {
    const { environment, emit } = this.#options;
    environment.join(this);
    try {
      await run();
    } finally {
      environment.leave(this);
      await this.allSent();
      if (this.#abandoned) emit({ type: 'zombies', count: 1 });
    }
  }

  close(): void {
    this.#closed = true;
    this.#sent();
    this.#giveUp();
    this.#options.environment.leave(this);
    this.#abort?.abort(new UndamError('budget-ended', 'the invocation has ended'));
  }

  /**
   * Sends what the ledger holds as pending and names the records that the handler is to get: not those that are
   * resolved, nor what stands behind an unresolved one of the same lane. A slow sink delays the handler by a part of the
   * budget only.
   *
   * @param lanes of each record of the batch; one without a lane waits for no other
   */
  async admit(lanes: readonly (string | undefined)[]): Promise<number[]> {
    const { batchState, ambient, budget } = this.#options;
    const mayStart = [...lanes.keys()].filter((index) => this.standing(index) === 'may-start');
    const now = ambient.clock.now();
    await this.allSent(now + (Math.min(budget.endsAt, budget.sendBy) - now) * sendShare);
    const blocked = new Set<string>();
    const admitted = new Set(mayStart);
    for (const [index, lane] of lanes.entries()) {
      if (lane === undefined) continue;
      if (blocked.has(lane)) admitted.delete(index);
      else if (!admitted.has(index) && !batchState.isResolved(index)) blocked.add(lane);
    }
    return [...admitted];
  }

  /** Whether a call may begin now. */
  mayCall(): boolean {
    return !this.#closed && this.#options.ambient.clock.now() < this.#options.budget.endsAt;
  }

  /**
   * Makes sure that nothing runs beside a call that has to be alone, nor a call beside what another invocation runs alone.
   *
   * @returns false where the budget ended first. Nothing may be awaited between an answer of `true` at once and the call
   */
  clears(alone: boolean): true | Promise<boolean> {
    const { environment, ambient, budget } = this.#options;
    if (!environment.mustWait(this) && !(alone && !environment.claim(this))) return true;
    if (ambient.clock.now() >= budget.retryBy) return Promise.resolve(false);
    return this.#woken().then(() => true);
  }

  /** What was kept clear for a call is free again. */
  release(): void {
    this.#options.environment.release(this);
  }

  standing(index: number): Standing {
    const standing = this.#options.arbiter.standing(index, this.acknowledged);
    if (standing === 'sending') this.#sending++;
    return standing;
  }

  /** To be given to whatever may send a record to the sink; `sends()` has to be told of each that does. */
  readonly acknowledged: Acknowledged = () => {
    if (--this.#sending === 0) this.#sent();
  };

  sends(): void {
    this.#sending++;
  }

  /** Settles once each send has been acknowledged or refused, or at `limit`. */
  async allSent(limit: number = Infinity): Promise<void> {
    if (this.#sending === 0 || this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#sent = resolve;
      this.#options.timer.at(limit, resolve);
    });
  }

  /** The handler's answer, its throw, or that the budget ended first (and one turn of the loop later it had not settled). */
  call(call: CallBatchHandler, indexes: readonly number[]): Promise<CallResult> {
    const { arbiter, ambient, budget, timer, environment, emit } = this.#options;
    arbiter.beforeStart(indexes.length, ambient.clock.now());
    const abort = new AbortController();
    this.#abort = abort;
    this.#calling = true;
    return new Promise((resolve) => {
      const cancel = timer.at(budget.endsAt, () => {
        emit({ type: 'budget-ended', running: indexes.length });
        const error = new UndamError(
          'budget-ended',
          "the handler did not settle before the batch's time budget ended: raise the function's Timeout, lower BatchSize, or end it by its signal",
        );
        abort.abort(error);
        timer.afterTurn(() => {
          this.#giveUp();
          resolve({ kind: 'cut', error });
        });
      });
      settle(() => call(indexes, abort.signal)).then((result) => {
        cancel();
        if (this.#abort === abort) this.#abort = undefined;
        if (!this.#calling) environment.zombies--;
        this.#calling = false;
        this.#abandoned = false;
        environment.idle();
        // A rejection after the abort is the abort's doing, not the records'.
        if (!abort.signal.aborted) resolve(result);
        else if (result.kind === 'answered') resolve({ ...result, cutBy: abort.signal.reason as UndamError });
      });
    });
  }

  /** What still runs is left to itself: no later call runs alone before it settles. */
  #giveUp(): void {
    if (!this.#calling) return;
    this.#calling = false;
    this.#abandoned = true;
    this.#options.environment.zombies++;
    this.#options.environment.idle();
  }

  /** What other invocations of this process do has changed; at the latest when no call may begin any more. */
  #woken(): Promise<void> {
    const { timer, budget } = this.#options;
    return new Promise((resolve) => {
      this.#wake = resolve;
      timer.at(budget.retryBy, resolve);
    });
  }
}

async function settle(call: () => unknown): Promise<CallResult> {
  try {
    return { kind: 'answered', answer: await call() };
  } catch (error) {
    return { kind: 'thrown', error };
  }
}

// The one frame of ours that an error may have where the handler has none, and minifiers rename functions.
Object.defineProperty(settle, 'name', { value: engineFrame });
