/** Compiles only if `A` fits where `B` is expected. */
export function fits<A extends B, B>(): A | B | undefined {
  return undefined;
}

/** Compiles only for a value that fits `T`. */
export function same<T>(value: T): T {
  return value;
}
