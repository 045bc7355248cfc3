const { toString: tagOf } = Object.prototype;

/**
 * True for a value that survives JSON unchanged: no `BigInt`, `Map`, `Set`, `Date` or bytes. `undefined` members count as absent.
 * Visits every value once; throws what a getter throws, and on a cyclic value.
 */
export function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || (Array.isArray(value) ? value.every(isPlainJson) : isPlainObject(value));
    default:
      return false;
  }
}

/** Checks the tag: objects of another realm have another prototype. */
function isPlainObject(value: object): boolean {
  if (tagOf.call(value) !== '[object Object]') return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false;
  return Object.values(value).every((member) => member === undefined || isPlainJson(member));
}
