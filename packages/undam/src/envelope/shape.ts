import { UndamError } from '../base/errors.ts';
import { JSON } from '../base/intrinsics.ts';
import { isObject } from '../base/is-object.ts';

/** The shape of a value: reads the value, or throws `envelope-unreadable` with the expected and the received value. */
export interface Shape<T> {
  readonly optional?: boolean;
  read(value: unknown, path: string): T;
}

/** A shape for each field of an object. */
export type Fields<T> = { readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> };

/** An object. Reads the fields in this order, without absent optional ones and unknown ones. */
export function fields<T extends object>(shapes: Fields<T>): Shape<T> {
  return {
    read(value, path) {
      if (!isObject(value) || Array.isArray(value)) {
        throw unreadable(path, 'an object', value);
      }
      const result: Record<string, unknown> = {};
      for (const [name, shape] of Object.entries<Shape<unknown>>(shapes)) {
        const given: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
        if (given === undefined && shape.optional) continue;
        result[name] = shape.read(given, path === '' ? name : `${path}.${name}`);
      }
      return result as T;
    },
  };
}

/** The same shape, for a field that may be absent. */
export function optional<T>(shape: Shape<T>): Shape<T> {
  return { ...shape, optional: true };
}

/** A value that `accepts` accepts. */
export function value<T>(expected: string, accepts: (value: unknown) => boolean): Shape<T> {
  return {
    read(given, path) {
      if (!accepts(given)) throw unreadable(path, expected, given);
      return given as T;
    },
  };
}

/** A string; may be empty, unless a pattern forbids it. */
export function string(expected = 'a string', pattern?: RegExp): Shape<string> {
  return value(expected, (given) => typeof given === 'string' && (pattern === undefined || pattern.test(given)));
}

/** One of the given literals. */
export function literal<T extends string | number>(...literals: readonly T[]): Shape<T> {
  return value(literals.map((one) => JSON.stringify(one)).join(' or '), (given) => literals.includes(given as T));
}

/** The error for an unreadable envelope. Names the type of a text only, which may be a payload. */
export function unreadable(path: string, expected: string, got: unknown): UndamError {
  return new UndamError(
    'envelope-unreadable',
    `not a readable envelope: ${path === '' ? '' : `${path}: `}expected ${expected}, got ${describeReceived(got)}`,
  );
}

function describeReceived(got: unknown): string {
  if (got === undefined) return 'nothing';
  if (got === null || typeof got === 'number' || typeof got === 'boolean') return String(got);
  if (typeof got === 'string') return `a string of ${got.length} characters`;
  return Array.isArray(got) ? `an array of ${got.length}` : `a value of type ${typeof got}`;
}
