import { AsyncLocalStorage } from 'node:async_hooks';

export interface FenceHooks {
  /** The process of the environment ended itself. */
  readonly onExit?: (code: number) => void;
  /** A rejection that nobody handled, or an error that nobody caught. */
  readonly onCrash?: (error: unknown) => void;
}

const storage = new AsyncLocalStorage<Fence>();

/** What one execution environment starts belongs to its fence; once that has ended, nothing of it acts any more. */
export class Fence {
  readonly hooks: FenceHooks;
  #ended = false;

  constructor(hooks: FenceHooks = {}) {
    this.hooks = hooks;
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

  /** Everything asynchronous that `run` starts belongs to this fence. */
  run<T>(run: () => T): T {
    return storage.run(this, run);
  }

  /** The same for what the event loop calls: an error that nobody can catch ends the environment, not the simulation. */
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
