/** What the entry for Vitest needs of it. Vitest is no dependency here: `check:packed` meets the real one. */
declare module 'vitest' {
  export const expect: { extend(matchers: object): void };
}
