import { AsyncLocalStorage } from 'node:async_hooks';
import type { VirtualProcess } from './virtual-process.ts';

export interface FenceHooks {
  /** The environment's process ended itself. */
  readonly onExit?: (code: number) => void;
  /** An unhandled rejection, or an uncaught error. */
  readonly onCrash?: (error: unknown) => void;
}

const storage = new AsyncLocalStorage<Fence>();

/** Owns everything that one execution environment starts; none of it acts after the end of the fence. */
export class Fence {
  readonly hooks: FenceHooks;
  /** The process and disk that the code behind the fence sees; without them it sees the real ones. */
  readonly process: VirtualProcess | undefined;
  #ended = false;
  /** Callbacks for the thaw; undefined while the environment is not frozen. */
  #parked: (() => void)[] | undefined;

  constructor(hooks: FenceHooks = {}, process?: VirtualProcess) {
    this.hooks = hooks;
    this.process = process;
  }

  static current(): Fence | undefined {
    return storage.getStore();
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
  }

  get isFrozen(): boolean {
    return this.#parked !== undefined;
  }

  /** Documented: an environment is frozen between invocations; timers that fell due then run in the next one. */
  freeze(): void {
    this.#parked ??= [];
  }

  thaw(): void {
    const parked = this.#parked ?? [];
    this.#parked = undefined;
    for (const resume of parked) resume();
  }

  /** Calls back at the next thaw. */
  park(resume: () => void): void {
    this.#parked?.push(resume);
  }

  /** Everything asynchronous that `run` starts belongs to this fence. */
  run<T>(run: () => T): T {
    return storage.run(this, run);
  }

  /** For callbacks of the event loop: an uncaught error ends the environment, not the simulation. */
  runOrCrash(run: () => void): void {
    if (this.#ended) return;
    try {
      this.run(run);
    } catch (error) {
      if (this.#ended) return;
      if (!this.hooks.onCrash) throw error;
      this.hooks.onCrash(error);
    }
  }
}
