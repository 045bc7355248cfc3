import type { FilterCriteria } from 'undam/mapping';
import { parseForFilter, unreadable, WrittenNumber } from './filter-text.ts';

type Fields = Readonly<Record<string, unknown>>;

/** `unreadable`: a pattern asks for `data`, and the payload is not JSON. */
export type FilterVerdict = 'matched' | 'filtered' | 'unreadable';

export type Matcher = (filterable: Fields) => FilterVerdict;

/**
 * Matches a record that any of the patterns matches; undefined without patterns, when the function gets every record.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function matcherOf({ Filters }: FilterCriteria): Matcher | undefined {
  if (Filters.length === 0) return undefined;
  const patterns = Filters.map(({ Pattern }) => parseForFilter(Pattern) as Fields);
  const asksForData = patterns.some(isAskingForData);
  return (filterable) => {
    if (patterns.some((pattern) => matches(pattern, filterable))) return 'matched';
    return asksForData && filterable.data === unreadable ? 'unreadable' : 'filtered';
  };
}

function isAskingForData(pattern: Fields): boolean {
  return 'data' in pattern || (Array.isArray(pattern.$or) && (pattern.$or as Fields[]).some(isAskingForData));
}

function matches(pattern: Fields, value: unknown): boolean {
  if (value === unreadable) return false;
  return Object.entries(pattern).every(([key, below]) => {
    if (key === '$or') return (below as Fields[]).some((alternative) => matches(alternative, value));
    const field = fieldOf(value, key);
    return Array.isArray(below) ? below.some((rule) => fits(rule, field)) : matches(below as Fields, field);
  });
}

function fieldOf(value: unknown, key: string): unknown {
  const isObject = typeof value === 'object' && value !== null && !(value instanceof WrittenNumber);
  return isObject && Object.hasOwn(value, key) ? (value as Fields)[key] : undefined;
}

/** Tests one alternative of a leaf; a list in the record matches if one of its members does. */
function fits(rule: unknown, value: unknown): boolean {
  if (value === unreadable) return false;
  if (typeof rule === 'object' && rule !== null && !(rule instanceof WrittenNumber)) {
    const [[name, argument] = ['', undefined]] = Object.entries(rule);
    if (name === 'exists') return (value !== undefined) === argument;
    return membersOf(value).some((member) => member !== undefined && keeps(name, argument, member));
  }
  return membersOf(value).some((member) => isSame(member, rule));
}

function isSame(a: unknown, b: unknown): boolean {
  return a instanceof WrittenNumber && b instanceof WrittenNumber ? a.text === b.text : a === b;
}

function membersOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function keeps(name: string, argument: unknown, value: unknown): boolean {
  if (name === 'anything-but') return !membersOf(argument).some((rule) => fits(rule, value));
  if (name === 'numeric') {
    const number = value instanceof WrittenNumber ? value.value : value;
    return typeof number === 'number' && isWithin(argument as readonly unknown[], number);
  }
  if (typeof value !== 'string' || typeof argument !== 'string') return false;
  if (name === 'prefix') return value.startsWith(argument);
  if (name === 'suffix') return value.endsWith(argument);
  return name === 'equals-ignore-case' && value.toLowerCase() === argument.toLowerCase();
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};

/** `['>', 0, '<=', 5]` */
function isWithin(rule: readonly unknown[], value: number): boolean {
  for (let index = 0; index + 1 < rule.length; index += 2) {
    const bound = rule[index + 1];
    const number = bound instanceof WrittenNumber ? bound.value : Number(bound);
    if (!comparisons[String(rule[index])]?.(value, number)) return false;
  }
  return true;
}
