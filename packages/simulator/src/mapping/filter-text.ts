/** A number whose text differs from JSON's own form of its value: `300.0`. */
export class WrittenNumber {
  readonly value: number;
  readonly text: string;

  constructor(value: number, text: string) {
    this.value = value;
    this.text = text;
  }
}

/** A payload that is not JSON: no pattern matches it, not even one that asks for an absent field. */
export const unreadable: unique symbol = Symbol('no JSON');

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Parses JSON for filters. Documented: numbers compare by their text, so 300 is not 300.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 *
 * @throws SyntaxError for text that is not JSON
 */
export function parseForFilter(text: string): unknown {
  const revive: Reviver = (_, value, { source }) =>
    typeof value === 'number' && source !== undefined && source !== String(value)
      ? new WrittenNumber(value, source)
      : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]);
}
