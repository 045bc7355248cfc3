/** The part of Vitest that its entry needs. Vitest is not a dependency here: `check:packed` uses the real one. */
declare module 'vitest' {
  export const expect: { extend(matchers: object): void };
}
