import { AsyncLocalStorage } from 'node:async_hooks';
import type { VirtualProcess } from './virtual-process.ts';

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
  /** What the code behind the fence takes for its own process and disk; without one it sees the real ones. */
  readonly process: VirtualProcess | undefined;
  #ended = false;
  /** What waits for the environment to thaw; undefined while it is not frozen. */
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

  /** Documented: between invocations an environment stands still; what was due then happens in the next one. */
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
