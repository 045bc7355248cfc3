/**
 * Registers the matchers with Vitest's `expect`, with their types: `import '@undam/simulator/vitest'` in a test, or the same name
 * in `setupFiles`.
 */
import { expect } from 'vitest';
import type { SimulationMatchers } from './matcher-types.ts';
import { matchers } from './matchers.ts';

expect.extend(matchers);

/** Vitest makes a matcher a method of Chai's assertions; its own interfaces change their parameters between versions. */
declare global {
  namespace Chai {
    interface Assertion extends SimulationMatchers<void> {}
  }
}
