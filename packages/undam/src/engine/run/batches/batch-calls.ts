import { UndamError } from '../../../base/errors.ts';
import { AbortController, Promise, Set } from '../../../base/intrinsics.ts';
import { engineFrame } from '../../../observe/error-place.ts';
import type { SendListener, Standing } from '../../judge/arbiter.ts';
import type { FailedAttempt, Next } from '../../judge/attempt-end.ts';
import type { Participant } from '../environment.ts';
import type { RunOptions } from '../run.ts';
import { Zombies } from '../zombies.ts';

/** One call of a batch handler, with the records at these indexes of the batch. */
export type CallBatchHandler = (indexes: readonly number[], signal: AbortSignal) => unknown;

/** How a call ended. */
export type CallEnd =
  /** `cutBy`: the abort reason, if the call was aborted before the handler answered. */
  | { readonly how: 'answered'; readonly answer: unknown; readonly cutBy?: UndamError }
  | { readonly how: 'rejected'; readonly error: unknown }
  | { readonly how: 'cut-off'; readonly error: UndamError };

/** The maximum share of the remaining time that the first call waits for sends of earlier deliveries. */
const maxSendShare = 0.25;

/** The calls of a batch handler in one invocation, one after the other and each within the budget, and the sends between them. */
export class BatchCalls implements Participant, SendListener {
  readonly #options: RunOptions;
  readonly #zombies: Zombies;
  #sending = 0;
  #sent: () => void = () => {};
  /** The controller of the call that has not settled. */
  #abort: AbortController | undefined;
  #closed = false;
  #isCalling = false;
  #wake: () => void = () => {};

  constructor(options: RunOptions) {
    this.#options = options;
    this.#zombies = new Zombies(options.environment.zombies);
    options.arbiter.listener = this;
  }

  get isBusy(): boolean {
    return this.#isCalling;
  }

  /** True once the outcome is fixed: no answer of handler or sink changes it. */
  get closed(): boolean {
    return this.#closed;
  }

  wake(): void {
    this.#wake();
  }

  /** Makes the calls of `run` known to the other invocations of this process, and awaits its sends, however it ends. */
  async within(run: () => Promise<void>): Promise<void> {
    const { environment, emit } = this.#options;
    environment.join(this);
    try {
      await run();
    } finally {
      environment.leave(this);
      await this.allSent();
      const { count } = this.#zombies;
      if (count > 0) emit({ type: 'zombies', count });
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
   * Sends the ledger's pending quarantines, and returns the records for the handler: not those that are resolved, nor those
   * behind an unresolved one of the same lane. A slow sink delays the handler by only a share of the budget.
   *
   * @param lanes the lane of each record of the batch; a record without one waits for no other
   */
  async admit(lanes: readonly (string | undefined)[]): Promise<number[]> {
    const { batchState, ambient, budget } = this.#options;
    const mayStart = [...lanes.keys()].filter((index) => this.standing(index) === 'may-start');
    const now = ambient.clock.now();
    await this.allSent(now + (Math.min(budget.endsAt, budget.sendBy) - now) * maxSendShare);
    const blocked = new Set<string>();
    const admitted = new Set(mayStart);
    for (const [index, lane] of lanes.entries()) {
      if (lane === undefined) continue;
      if (blocked.has(lane)) admitted.delete(index);
      else if (!admitted.has(index) && !batchState.isResolved(index)) blocked.add(lane);
    }
    return [...admitted];
  }

  /** True if a call may begin now. */
  mayCall(): boolean {
    return !this.#closed && this.#options.ambient.clock.now() < this.#options.budget.endsAt;
  }

  /**
   * Ensures that nothing runs beside a call that must be alone, and no call beside another invocation's suspect.
   *
   * @returns false if the budget ended first. Between an immediate `true` and the call nothing may be awaited
   */
  clears(alone: boolean): true | Promise<boolean> {
    const { environment, ambient, budget } = this.#options;
    if (!environment.mustWait(this) && !(alone && !environment.reserve(this))) return true;
    if (ambient.clock.now() >= budget.retryBy) return Promise.resolve(false);
    return this.#woken().then(() => true);
  }

  /** Ends the reservation for a call. */
  release(): void {
    this.#options.environment.release(this);
  }

  standing(index: number): Standing {
    const standing = this.#options.arbiter.standing(index);
    if (standing === 'sending') this.#sending++;
    return standing;
  }

  /** Applies a failed attempt to a record. @param mayRepeat whether the record can be called again */
  fail(index: number, attempt: Omit<FailedAttempt, 'stage'>, mayRepeat: boolean = false): Next {
    const next = this.#options.arbiter.fail(index, { ...attempt, stage: 'handler' }, mayRepeat);
    if (next.next === 'quarantine') this.#sending++;
    return next;
  }

  onSent(): void {
    if (--this.#sending === 0) this.#sent();
  }

  /** Settles once the sink has acknowledged or refused each send, or at `limit`, on the clock. */
  async allSent(limit: number = Infinity): Promise<void> {
    if (this.#sending === 0 || this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#sent = resolve;
      this.#options.timer.at(limit, resolve);
    });
  }

  /**
   * Settles with the handler's answer or throw, or as cut off: the budget ended, and the handler did not settle within one more
   * turn of the loop.
   */
  call(call: CallBatchHandler, indexes: readonly number[]): Promise<CallEnd> {
    const { arbiter, ambient, budget, timer, environment, emit } = this.#options;
    arbiter.beforeStart(indexes.length, ambient.clock.now());
    const abort = new AbortController();
    this.#abort = abort;
    this.#isCalling = true;
    return new Promise((resolve) => {
      const cancel = timer.at(budget.endsAt, () => {
        emit({ type: 'budget-ended', running: indexes.length });
        const error = new UndamError(
          'budget-ended',
          "the handler did not settle before the batch's time budget ended: raise the function's Timeout, lower BatchSize, or stop the handler on its signal",
        );
        abort.abort(error);
        timer.afterTurn(() => {
          this.#giveUp();
          resolve({ how: 'cut-off', error });
        });
      });
      settle(() => call(indexes, abort.signal)).then((result) => {
        cancel();
        if (this.#abort === abort) this.#abort = undefined;
        if (!this.#isCalling) this.#zombies.settled();
        this.#isCalling = false;
        environment.idle();
        // A rejection after the abort comes from the abort, not from the records.
        if (!abort.signal.aborted) resolve(result);
        else if (result.how === 'answered') resolve({ ...result, cutBy: abort.signal.reason as UndamError });
      });
    });
  }

  /** Abandons a running call: no later call runs alone before it settles. */
  #giveUp(): void {
    if (!this.#isCalling) return;
    this.#isCalling = false;
    this.#zombies.giveUp();
    this.#options.environment.idle();
  }

  /** Settles when another invocation of this process wakes this one, or when no call may begin any more. */
  #woken(): Promise<void> {
    const { timer, budget } = this.#options;
    return new Promise((resolve) => {
      this.#wake = resolve;
      timer.at(budget.retryBy, resolve);
    });
  }
}

async function settle(call: () => unknown): Promise<CallEnd> {
  try {
    return { how: 'answered', answer: await call() };
  } catch (error) {
    return { how: 'rejected', error };
  }
}

// The only frame of ours in an error's stack if the handler has none; minifiers rename functions.
Object.defineProperty(settle, 'name', { value: engineFrame });
