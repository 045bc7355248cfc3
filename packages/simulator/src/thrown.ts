import { types } from 'node:util';

/** Longest name or message that is kept: more would fill the memory of a long run. */
const maxCharacters = 65_536;

/** The name and message of a value that foreign code threw. Reading them may throw, or give no text. */
export function wordsOf(thrown: unknown): { readonly name: string; readonly message: string } {
  if (!isThrown(thrown, Error) && !isNativeError(thrown)) return { name: 'Error', message: cut(textOf(thrown)) };
  return { name: propertyOf(thrown, 'name') ?? 'Error', message: propertyOf(thrown, 'message') ?? '' };
}

export function stackOf(thrown: unknown): string | undefined {
  return isThrown(thrown, Error) || isNativeError(thrown) ? propertyOf(thrown, 'stack') : undefined;
}

/** `instanceof`, which a Proxy can make throw. */
export function isThrown<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** True for an error of another realm, too. */
function isNativeError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown);
}

function propertyOf(thrown: Error, name: 'name' | 'message' | 'stack'): string | undefined {
  try {
    const value: unknown = thrown[name];
    return value === undefined ? undefined : cut(textOf(value));
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a thrown ${typeof value} that has no text`;
  }
}

function cut(text: string): string {
  const left = text.length - maxCharacters;
  return left > 0 ? `${text.slice(0, maxCharacters)}… and ${left} characters` : text;
}
