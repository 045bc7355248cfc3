import { createRequire } from 'node:module';

const platform = globalThis.Promise;

class Subclass<T> extends platform<T> {}

/** What libraries put in the place of the global `Promise`. Bluebird's comes without types of its own. */
export const foreignPromises: readonly (readonly [name: string, promise: PromiseConstructor])[] = [
  ['a subclass', Subclass as PromiseConstructor],
  ['bluebird', createRequire(import.meta.url)('bluebird') as PromiseConstructor],
];

/** One of which nothing can be made. */
export class BrokenPromise {
  constructor() {
    throw new Error('no promise of this can be made');
  }
}

/** The global `Promise` is another one until the work has ended. */
export async function withPromise<T>(promise: unknown, work: () => Promise<T>): Promise<T> {
  Object.assign(globalThis, { Promise: promise });
  try {
    return await work();
  } finally {
    globalThis.Promise = platform;
  }
}
