/** True for any object, including arrays; false for functions. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
