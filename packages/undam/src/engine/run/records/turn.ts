import type { Timer } from '../../time/timer.ts';
import type { Environment, Participant } from '../environment.ts';

/** The run of an invocation, as its turn needs it. */
interface TurnTaker {
  readonly isBusy: boolean;
  /** The invocation has its turn again. */
  goOn(): void;
  /** The turn did not come in time. */
  endBudget(): void;
}

/** One invocation's turn among those of its process: while another invocation runs a suspect alone, it starts nothing. */
export class Turn implements Participant {
  /** Only the turn writes it. */
  isWaiting = false;
  readonly #environment: Environment;
  readonly #timer: Timer;
  readonly #retryBy: number;
  readonly #run: TurnTaker;
  /** Set while waiting: runs a call in the asynchronous context of this invocation, because another invocation wakes it. */
  #inContext: (<T>(call: () => T) => T) | undefined;

  /** @param retryBy on the clock: the end of a wait, even without a budget that cuts off the others */
  constructor(environment: Environment, timer: Timer, retryBy: number, run: TurnTaker) {
    this.#environment = environment;
    this.#timer = timer;
    this.#retryBy = retryBy;
    this.#run = run;
  }

  get isBusy(): boolean {
    return this.#run.isBusy;
  }

  /** True if a record may start, with `alone` as the only one in the process. Otherwise the invocation waits for its turn. */
  has(alone: boolean): boolean {
    const may = alone ? this.#environment.reserve(this) : !this.#environment.mustWait(this);
    if (!may && !this.isWaiting) this.#wait();
    return may;
  }

  #wait(): void {
    this.isWaiting = true;
    this.#inContext = process.getBuiltinModule('node:async_hooks').AsyncLocalStorage.snapshot();
    this.#timer.at(this.#retryBy, () => {
      if (this.isWaiting) this.#run.endBudget();
    });
  }

  wake(): void {
    const inContext = this.#inContext;
    this.#inContext = undefined;
    this.isWaiting = false;
    inContext?.(() => this.#run.goOn());
  }
}
