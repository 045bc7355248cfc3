/**
 * Registers the matchers with Jest's `expect`, with their types: `import '@undam/simulator/jest'` in a test, or the same name in
 * `setupFilesAfterEnv`.
 */
// Jest resolves this name itself, to the global `expect`, even with `injectGlobals: false` or without the package installed.
import { expect } from '@jest/globals';
import type { SimulationMatchers } from './matcher-types.ts';
import { matchers } from './matchers.ts';

expect.extend(matchers);

/** `expect` of `@jest/globals`. */
declare module 'expect' {
  interface Matchers<R, T> extends SimulationMatchers<R> {}
}

/** The global `expect` of `@types/jest`. */
declare global {
  namespace jest {
    interface Matchers<R, T> extends SimulationMatchers<R> {}
  }
}
