/**
 * The promise as one of the `Promise` that stands in the global scope now. Middy takes whatever else a hook returns for an
 * early response: a promise of the platform, too, where a library has put its own class in that place.
 */
export function recognised<T>(promise: Promise<T>): Promise<T> {
  const Current: PromiseConstructor = globalThis.Promise;
  if ((promise as object) instanceof Current) return promise;
  return new Current((resolve, reject) => void promise.then(resolve, reject));
}
