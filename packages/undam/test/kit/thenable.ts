/** A thenable that is no promise, as some libraries answer. */
export function likePromise<T>(promise: Promise<T>): PromiseLike<T> {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is for.
  return { then: promise.then.bind(promise) };
}

/** A thenable that fails when its `then` is read, or when it is called. */
export function failingThenable(fails: 'read' | 'called'): object {
  const fail = (): never => {
    throw new Error('then');
  };
  return Object.defineProperty({}, 'then', fails === 'read' ? { get: fail } : { value: fail });
}

/** A promise with a `then` of its own that calls back at once and again after a turn, before the promise settles or after. */
export function withOwnThen<T>(promise: Promise<T>): Promise<T> {
  const callTwice = (resolved: (value: unknown) => void): void => {
    resolved('own');
    setImmediate(resolved, 'own');
  };
  return Object.defineProperty(promise, 'then', { value: callTwice });
}
