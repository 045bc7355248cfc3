import { JSON } from '../base/intrinsics.ts';
import { isObject } from '../base/is-object.ts';
import { invalid } from './error.ts';

/** A filter for records: the mapping delivers those that match any of the patterns. */
export interface FilterCriteria {
  readonly Filters: readonly {
    /** A pattern as JSON, at most 4,096 characters. */
    readonly Pattern: string;
  }[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export const filterLimits = { patterns: 5, characters: 4_096 } as const;

/** @throws EventSourceMappingError for patterns that Lambda refuses */
export function mustBeFilters(criteria: FilterCriteria, kind: 'kinesis' | 'dynamodb'): void {
  const Filters: unknown = criteria?.Filters;
  if (!Array.isArray(Filters)) throw invalid('FilterCriteria.Filters: expected a list of { Pattern }');
  if (Filters.length > filterLimits.patterns) {
    throw invalid(`FilterCriteria: expected at most ${filterLimits.patterns} patterns, got ${Filters.length}`);
  }
  for (const filter of Filters as (FilterCriteria['Filters'][number] | null)[]) {
    const Pattern = filter?.Pattern;
    if (typeof Pattern !== 'string' || Pattern.length > filterLimits.characters) throw refused();
    const pattern = parsed(Pattern);
    if (!isPattern(pattern)) throw refused();
    // Documented for Kinesis: the pattern for `data` must be an object, not a list of texts.
    if (kind === 'kinesis' && Array.isArray((pattern as { data?: unknown }).data)) throw refused();
  }
}

function refused(): Error {
  return invalid('Invalid filter pattern definition.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object with lists of alternatives as leaves. */
function isPattern(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, below]) => {
    if (!Array.isArray(below)) return isPattern(below);
    if (key === '$or') return below.length > 0 && below.every(isPattern);
    return below.length > 0 && below.every(isAlternative);
  });
}

/** Lambda's filter operators and their arguments. */
const operators: Readonly<Record<string, (argument: unknown) => boolean>> = {
  prefix: isText,
  suffix: isText,
  'equals-ignore-case': isText,
  exists: (argument) => typeof argument === 'boolean',
  'anything-but': (argument) =>
    Array.isArray(argument) ? argument.length > 0 && argument.every(isLiteral) : isBut(argument),
  numeric: (argument) =>
    Array.isArray(argument) && argument.length > 0 && argument.length % 2 === 0 && isBounds(argument),
};

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isLiteral(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

function isBut(value: unknown): boolean {
  return isLiteral(value) || (isAlternative(value) && ['prefix', 'suffix'].includes(Object.keys(value as object)[0]!));
}

/** `['>', 0, '<=', 5]` */
function isBounds(argument: readonly unknown[]): boolean {
  return argument.every((part, index) =>
    index % 2 === 0 ? ['=', '<', '<=', '>', '>='].includes(part as string) : typeof part === 'number',
  );
}

function isAlternative(value: unknown): boolean {
  if (isLiteral(value)) return true;
  const [[name, argument] = ['', undefined], ...others] = Object.entries(value as object);
  return others.length === 0 && Object.hasOwn(operators, name) && operators[name]!(argument);
}
