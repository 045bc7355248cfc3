import { describe } from './describe.ts';
import { UndamError } from './errors.ts';
import { JSON } from './intrinsics.ts';
import { isObject } from './is-object.ts';

/** The rule of one option: the expected values in words, and the check. */
export interface OptionRule {
  /** A getter for numbers: formatting one loads all of ICU, so only a refused value pays for it. */
  readonly expected: string;
  readonly required?: boolean;
  accepts(value: unknown): boolean;
}

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): OptionRule {
  return {
    get expected() {
      return `a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
    },
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

/** One of the given strings. */
export function oneOf(...values: readonly string[]): OptionRule {
  return {
    get expected() {
      return values.map((value) => JSON.stringify(value)).join(' or ');
    },
    accepts: (value) => values.includes(value as string),
  };
}

/** A function. */
export const aFunction: OptionRule = { expected: 'a function', accepts: (value) => typeof value === 'function' };

/** The same rule for a single value or for each item of an array. */
export function oneOrMore({ expected, accepts }: OptionRule): OptionRule {
  return { expected: `${expected}, or an array of them`, accepts: (value) => [value].flat().every(accepts) };
}

/** A non-empty string. */
export const text: OptionRule = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** An object with all the named methods. */
export function objectWith(...methods: readonly string[]): OptionRule {
  return {
    get expected() {
      return ['an object', ...methods.map((method) => `${method}()`)].join(' with ').replaceAll(') with ', ') and ');
    },
    accepts: (value) =>
      isObject(value) && methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
  };
}

/** The same rule for a mandatory option. */
export function required(rule: OptionRule): OptionRule {
  return {
    get expected() {
      return rule.expected;
    },
    required: true,
    accepts: rule.accepts,
  };
}

/**
 * Checks options once, at construction. Unknown names, missing options and wrong values fail with an error that names the
 * expected and the received value. An `undefined` value counts as absent.
 *
 * @throws UndamError `bad-option`
 */
export function checkOptions(owner: string, options: unknown, rules: Readonly<Record<string, OptionRule>>): void {
  if (!isObject(options) || Array.isArray(options)) {
    throw badOption(owner, `expected an object of options, got ${describe(options)}`);
  }
  const names = Object.keys(rules);
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw badOption(owner, `unknown option ${JSON.stringify(name)}; expected ${names.join(', ') || 'none'}`);
    }
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = (options as Record<string, unknown>)[name];
    if (value === undefined ? rule.required : !rule.accepts(value)) {
      throw badOption(owner, `${name}: expected ${rule.expected}, got ${describe(value)}`);
    }
  }
}

/** The error for an invalid option of `owner`. */
export function badOption(owner: string, problem: string): UndamError {
  return new UndamError('bad-option', `${owner}: ${problem}`);
}
