import type { matchers } from './matchers.ts';

type Matchers = typeof matchers;

/** The methods of `expect(simulation)` once the matchers are registered: each without its first argument, answering `R`. */
export type SimulationMatchers<R> = {
  [Name in keyof Matchers]: Matchers[Name] extends (simulation: never, ...rest: infer Rest) => unknown
    ? (...expected: Rest) => R
    : never;
};
