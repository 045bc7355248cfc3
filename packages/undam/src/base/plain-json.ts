const { toString: tagOf } = Object.prototype;

/**
 * Whether JSON text says all of a value: no `BigInt`, `Map`, `Set`, `Date` or bytes. A member that is `undefined` counts as
 * absent. Costs a visit to each value; throws where a getter does, and where the value holds itself.
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

/** By its tag, because an object of another realm has another prototype. */
function isPlainObject(value: object): boolean {
  if (tagOf.call(value) !== '[object Object]') return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return false;
  return Object.values(value).every((member) => member === undefined || isPlainJson(member));
}
