import { invalid } from './mapping-error.ts';

/** Which records the mapping invokes for: those that match any of the patterns. */
export interface FilterCriteria {
  readonly Filters: readonly {
    /** A pattern as JSON, at most 4,096 characters. */
    readonly Pattern: string;
  }[];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export const filterLimits = { patterns: 5, characters: 4_096 } as const;

/** @throws EventSourceMappingError for patterns that Lambda refuses */
export function mustBeFilters(criteria: FilterCriteria): void {
  const { Filters } = criteria;
  if (!Array.isArray(Filters)) throw invalid('FilterCriteria.Filters: expected a list of { Pattern }');
  if (Filters.length > filterLimits.patterns) {
    throw invalid(`FilterCriteria: expected at most ${filterLimits.patterns} patterns, got ${Filters.length}`);
  }
  for (const { Pattern } of Filters as FilterCriteria['Filters']) {
    if (typeof Pattern !== 'string' || Pattern.length > filterLimits.characters || !isPattern(parsed(Pattern))) {
      throw invalid('Invalid filter pattern definition.');
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An object whose leaves are lists of alternatives. */
function isPattern(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, below]) => {
    if (!Array.isArray(below)) return isPattern(below);
    if (key === '$or') return below.length > 0 && below.every(isPattern);
    return below.length > 0 && below.every(isAlternative);
  });
}

const rules = ['prefix', 'suffix', 'anything-but', 'numeric', 'exists', 'equals-ignore-case', 'cidr', 'wildcard'];

function isAlternative(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  const keys = Object.keys(value as object);
  return keys.length === 1 && rules.includes(keys[0]!);
}
