/** Counts the calls of a method. */
export function counted(_target: object, _name: string, method: PropertyDescriptor): void {
  const original = method.value as (...args: unknown[]) => unknown;
  let calls = 0;
  method.value = function (...args: unknown[]) {
    calls += 1;
    return original.apply(this, [...args, calls]);
  };
}
