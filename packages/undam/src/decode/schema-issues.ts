import { isObject } from '../base/is-object.ts';
import type { SchemaIssue } from './standard-schema.ts';

// Together below 1,024 characters, the bound of a message in an envelope.
const maxIssues = 5;
const maxSegments = 12;
const maxPathChars = 100;

/** Field names. Other keys, such as e-mail addresses, are data. */
const fieldNamePattern = String.raw`^[\p{L}_$][\p{L}\p{N}_$-]{0,39}$`;
/** Type names, as the libraries spell them. Other expectations may quote the value: arktype's unions do. */
const typeName =
  /^(?:an? )?(?:string|number|int|integer|bigint|boolean|object|array|date|null|undefined|symbol|map|set|tuple|record|never)$/i;
/** Rule names, as the libraries spell them. */
const ruleName = /^[a-z][a-zA-Z0-9_]{0,29}$/;

/**
 * Paths and expectations of the issues, in bounded length. Leaves out values, the libraries' messages, which may quote values,
 * and keys that are no field names.
 *
 * @param at the beginning of every path
 */
export function issuesText(issues: readonly SchemaIssue[], at: string): string {
  const texts = issues.slice(0, maxIssues).map((issue) => `${pathText(issue, at)}: ${ruleText(issue)}`);
  const more = issues.length - texts.length;
  return texts.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function pathText({ path = [] }: SchemaIssue, at: string): string {
  // Compiled at first use: a literal, compiled at load, would look up all of Unicode's letters.
  const fieldName = new RegExp(fieldNamePattern, 'u');
  let text = at;
  for (const segment of path.slice(0, maxSegments)) {
    const key: unknown = isObject(segment) ? segment.key : segment;
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'string' && fieldName.test(key)) text += text === '' ? key : `.${key}`;
    else text += '[…]';
  }
  const isWhole = path.length <= maxSegments && text.length <= maxPathChars;
  return isWhole ? text || 'at the top' : `${text.slice(0, maxPathChars)}…`;
}

/** The rule's name in zod and arktype (`code`) or valibot (`type`), and the expected type if the issue names one. */
function ruleText(issue: SchemaIssue): string {
  const { code, type, format, expected } = issue as unknown as Readonly<Record<string, unknown>>;
  const rule = [code ?? type, format].filter((name) => typeof name === 'string' && ruleName.test(name)).join(' ');
  if (typeof expected !== 'string' || !typeName.test(expected)) return rule || 'invalid';
  return rule === '' || rule === expected ? `expected ${expected}` : `expected ${expected} (${rule})`;
}
