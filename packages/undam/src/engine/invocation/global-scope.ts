import { AbortController, Promise } from '../../base/intrinsics.ts';
import type { Emit, MiddysGlobal } from '../../observe/events.ts';

const platforms: Readonly<Record<MiddysGlobal, unknown>> = { AbortController, Promise };
const make: Readonly<Record<MiddysGlobal, () => object>> = {
  AbortController: () => new globalThis.AbortController(),
  Promise: () => new globalThis.Promise(() => {}),
};

/**
 * Restores the platform's own global if a handler left a value that cannot be constructed: Middy would fail on it in every later
 * invocation of this process, and the shard would be blocked. A constructible replacement stays.
 */
export function restoreGlobal(name: MiddysGlobal, emit: Emit): void {
  if (globalThis[name] === platforms[name] || isMade(make[name])) return;
  if (Reflect.set(globalThis, name, platforms[name])) emit({ type: 'global-restored', global: name });
}

/**
 * Converts the promise to the current global `Promise`: Middy takes any other value that a hook returns for an early response.
 */
export function recognised<T>(promise: Promise<T>, emit: Emit): Promise<T> {
  restoreGlobal('Promise', emit);
  const Current: PromiseConstructor = globalThis.Promise;
  if ((promise as object) instanceof Current) return promise;
  return new Current((resolve, reject) => void promise.then(resolve, reject));
}

function isMade(make: () => object): boolean {
  try {
    return typeof make() === 'object';
  } catch {
    return false;
  }
}
