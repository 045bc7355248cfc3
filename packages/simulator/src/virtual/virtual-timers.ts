import { AsyncLocalStorage } from 'node:async_hooks';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { type RunInProgress, runInProgress } from './run-in-progress.ts';

type Callback = (...args: unknown[]) => void;

/** Node's limit: a longer delay becomes 1 ms. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const maxDelayMs = 2 ** 31 - 1;

let ids = 0;
const byId = new Map<number, VirtualTimeout>();

/** The answer of `setTimeout` and `setInterval` in a run; behaves like Node's `Timeout`. */
class VirtualTimeout {
  readonly #run: RunInProgress;
  readonly #fire: () => void;
  readonly #ms: number;
  readonly #repeats: boolean;
  readonly #id: number = ++ids;
  #timer: unknown;
  #isReferenced = true;

  constructor(run: RunInProgress, fire: () => void, ms: number, repeats: boolean) {
    this.#run = run;
    this.#fire = AsyncLocalStorage.bind(fire);
    this.#ms = ms;
    this.#repeats = repeats;
    this.#arm();
  }

  #arm(): void {
    this.#timer = this.#run.time.setTimeout(() => {
      if (this.#repeats) this.#arm();
      else byId.delete(this.#id);
      this.#fire();
    }, this.#ms);
  }

  close(): this {
    this.#run.time.clearTimeout(this.#timer);
    byId.delete(this.#id);
    return this;
  }

  refresh(): this {
    this.#run.time.clearTimeout(this.#timer);
    this.#arm();
    return this;
  }

  ref(): this {
    this.#isReferenced = true;
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isReferenced;
  }

  [Symbol.toPrimitive](): number {
    byId.set(this.#id, this);
    return this.#id;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function delayOf(ms: unknown): number {
  const delay = Number(ms);
  return delay >= 1 && delay <= maxDelayMs ? Math.trunc(delay) : 1;
}

function start(run: RunInProgress, callback: Callback, ms: number, repeats: boolean, args: unknown[]): VirtualTimeout {
  if (typeof callback !== 'function') {
    throw Object.assign(new TypeError('The "callback" argument must be of type function'), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
  }
  return new VirtualTimeout(run, () => callback(...args), ms, repeats);
}

function clear(real: (timer: never) => void): (timer: unknown) => void {
  return (timer) => {
    const isId = typeof timer === 'number' || typeof timer === 'string';
    if (timer instanceof VirtualTimeout) timer.close();
    else if (isId && byId.has(Number(timer)) && runInProgress()) byId.get(Number(timer))!.close();
    else real(timer as never);
  };
}

/** Settles after `ms` of virtual time, or rejects with Node's AbortError. */
function wait<T>(run: RunInProgress, ms: number, value: T, options?: { readonly signal?: AbortSignal }): Promise<T> {
  const { signal } = options ?? {};
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer.close();
      const error = new Error('The operation was aborted', { cause: signal?.reason });
      reject(Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' }));
    };
    const finish = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    };
    const timer = new VirtualTimeout(run, finish, ms, false);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

async function* ticks<T>(
  run: RunInProgress,
  ms: number,
  value: T,
  options?: { readonly signal?: AbortSignal },
): AsyncGenerator<T> {
  for (;;) yield await wait(run, ms, value, options);
}

/** Replaces the timers of the realm and of `node:timers`; outside a run they behave like the originals. */
export function installTimers(realm: typeof globalThis): void {
  const { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate } = realm;
  const real = { ...timersPromises, scheduler: timersPromises.scheduler };
  const promises = {
    setTimeout: (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) => {
      const run = runInProgress();
      return run ? wait(run, delayOf(ms), value, options) : real.setTimeout(ms, value, options);
    },
    setImmediate: (value?: unknown, options?: { signal?: AbortSignal }) => {
      const run = runInProgress();
      return run ? wait(run, 0, value, options) : real.setImmediate(value, options);
    },
    setInterval: (ms?: number, value?: unknown, options?: { signal?: AbortSignal }) => {
      const run = runInProgress();
      return run ? ticks(run, delayOf(ms), value, options) : real.setInterval(ms, value, options);
    },
  };
  const replaced = {
    setTimeout: (callback: Callback, ms?: number, ...args: unknown[]) => {
      const run = runInProgress();
      return run ? start(run, callback, delayOf(ms), false, args) : setTimeout(callback, ms, ...args);
    },
    setInterval: (callback: Callback, ms?: number, ...args: unknown[]) => {
      const run = runInProgress();
      return run ? start(run, callback, delayOf(ms), true, args) : setInterval(callback, ms, ...args);
    },
    setImmediate: (callback: Callback, ...args: unknown[]) => {
      const run = runInProgress();
      return run ? start(run, callback, 0, false, args) : setImmediate(callback, ...args);
    },
    clearTimeout: clear(clearTimeout),
    clearInterval: clear(clearInterval),
    clearImmediate: clear(clearImmediate),
  };
  Object.defineProperty(replaced.setTimeout, promisify.custom, { value: promises.setTimeout });
  Object.defineProperty(replaced.setImmediate, promisify.custom, { value: promises.setImmediate });
  Object.assign(realm, replaced);
  Object.assign(timers, replaced);
  Object.assign(timersPromises, promises);
  const { scheduler } = timersPromises;
  Object.defineProperties(scheduler, {
    wait: {
      configurable: true,
      value: (ms: number, options?: { signal?: AbortSignal }) => promises.setTimeout(ms, undefined, options),
    },
    yield: { configurable: true, value: () => promises.setImmediate() },
  });
}
