import { Promise } from './intrinsics.ts';
/** Also true of promises that another realm or library made. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}

const { then } = Promise.prototype;

/**
 * Calls back once it has settled, as `await` goes on, which passes over a `then` that a promise has of its own: that may
 * call back twice. Without the closures of an `await` where the promise is the platform's.
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

/** Calls what is not ours and must change nothing: neither its throw nor its rejection is heard. */
export function unheard(call: () => unknown): unknown {
  try {
    const answer = call();
    if (isThenable(answer)) Promise.resolve(answer).catch(() => {});
    return answer;
  } catch {
    return undefined;
  }
}
