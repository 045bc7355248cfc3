/** What is awaited like the promise and is none, as some libraries answer. */
export function likePromise<T>(promise: Promise<T>): PromiseLike<T> {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is for.
  return { then: promise.then.bind(promise) };
}

/** What fails as soon as it is awaited: when its `then` is read, or when it is called. */
export function failingThenable(fails: 'read' | 'called'): object {
  const fail = (): never => {
    throw new Error('then');
  };
  return Object.defineProperty({}, 'then', fails === 'read' ? { get: fail } : { value: fail });
}

/** A promise with a `then` of its own that calls back at once and again after a turn, whatever becomes of the promise. */
export function withOwnThen<T>(promise: Promise<T>): Promise<T> {
  const callTwice = (resolved: (value: unknown) => void): void => {
    resolved('own');
    setImmediate(resolved, 'own');
  };
  return Object.defineProperty(promise, 'then', { value: callTwice });
}
