import { Promise } from './intrinsics.ts';
/** True for promises of any realm or library. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}

const { then } = Promise.prototype;

/**
 * Calls back once after settlement, like `await`, which protects against a foreign `then` that calls back twice. Native promises
 * skip the closures of an `await`.
 */
export function whenSettled<T>(
  promise: PromiseLike<T>,
  resolved: (value: T) => void,
  rejected: (error: unknown) => void,
): void {
  if (promise.then === then) promise.then(resolved, rejected);
  else void whenAwaited(promise, resolved, rejected);
}

async function whenAwaited<T>(
  promise: PromiseLike<T>,
  resolved: (value: T) => void,
  rejected: (error: unknown) => void,
): Promise<void> {
  let value: T;
  try {
    value = await promise;
  } catch (error) {
    return rejected(error);
  }
  resolved(value);
}

/** Calls foreign code that must not affect the engine: ignores what it throws and rejects with. */
export function unheard(call: () => unknown): unknown {
  try {
    const answer = call();
    if (isThenable(answer)) Promise.resolve(answer).catch(() => {});
    return answer;
  } catch {
    return undefined;
  }
}
