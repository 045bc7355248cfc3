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
