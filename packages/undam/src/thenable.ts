/** Also true of promises that another realm or library made. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === 'function';
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
