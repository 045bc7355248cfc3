import type { Timer } from '../../time/timer.ts';
import type { Environment, Member } from '../environment.ts';

/** The run of an invocation, as its turn needs it. */
interface TurnTaker {
  readonly isBusy: boolean;
  /** The invocation has its turn again. */
  goOn(): void;
  /** The turn has not come in time. */
  endBudget(): void;
}

/** One invocation's turn among those of its process: while another one runs a suspect alone, it starts nothing. */
export class Turn implements Member {
  zombies = 0;
  /** Only the turn writes it. */
  isWaiting = false;
  readonly #environment: Environment;
  readonly #timer: Timer;
  readonly #retryBy: number;
  readonly #run: TurnTaker;
  /** Set while it waits: calls in the asynchronous context of this invocation, because another one wakes it. */
  #inContext: (<T>(call: () => T) => T) | undefined;

  /** @param retryBy on the clock: the end of a wait, also where no budget cuts off what the others run */
  constructor(environment: Environment, timer: Timer, retryBy: number, run: TurnTaker) {
    this.#environment = environment;
    this.#timer = timer;
    this.#retryBy = retryBy;
    this.#run = run;
  }

  get isBusy(): boolean {
    return this.#run.isBusy;
  }

  /** Whether a record may start, which is to run alone in the process where `alone`. Otherwise the turn is waited for. */
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
