import { types } from 'node:util';

/** Characters that are kept of a name or a message; the rest would fill the memory of a long run. */
const charactersMost = 65_536;

/** Whatever code that is not ours has thrown, in words; asking it may throw in turn, or never be an answer. */
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

/** Also one of another realm. */
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
  const left = text.length - charactersMost;
  return left > 0 ? `${text.slice(0, charactersMost)}… and ${left} characters` : text;
}
