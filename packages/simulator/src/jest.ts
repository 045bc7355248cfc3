/**
 * Registers the matchers with Jest's `expect` and tells TypeScript: `import '@undam/simulator/jest'` in a test, or the same
 * name in `setupFilesAfterEnv`.
 */
// Jest itself answers this name, with the global `expect`, also where `injectGlobals` is off or the package not installed.
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
