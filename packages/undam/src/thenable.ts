/** Also true of promises that another realm or library made. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
}

const { then } = Promise.prototype;

/**
 * Calls back once, without the closures of an `await`. Like that it passes over a `then` that a promise has of its own,
 * which may call back twice.
 */
export function whenSettled<T>(
  promise: PromiseLike<T>,
  resolved: (value: T) => void,
  rejected: (error: unknown) => void,
): void {
  const settling = Promise.resolve(promise);
  // V8 makes less of a `call` than of the method that it would call.
  if (settling.then === then) settling.then(resolved, rejected);
  else then.call(settling, resolved as (value: unknown) => void, rejected);
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
