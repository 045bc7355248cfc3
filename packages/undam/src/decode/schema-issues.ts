import { isObject } from '../base/is-object.ts';
import type { SchemaIssue } from './standard-schema.ts';

// All in all below the 1,024 characters that an envelope keeps of a message.
const MOST_ISSUES = 5;
const MOST_SEGMENTS = 12;
const MOST_PATH_CHARS = 100;

/** What a name of a field looks like; other keys, such as an e-mail address, are data. */
const fieldNamePattern = String.raw`^[\p{L}_$][\p{L}\p{N}_$-]{0,39}$`;
/** Names of types, as the libraries put them. Whatever else is expected may quote the value: arktype's unions do. */
const typeName =
  /^(?:an? )?(?:string|number|int|integer|bigint|boolean|object|array|date|null|undefined|symbol|map|set|tuple|record|never)$/i;
/** What the libraries' names of rules look like. */
const ruleName = /^[a-z][a-zA-Z0-9_]{0,29}$/;

/**
 * Where a value does not match its schema, and what was expected there, in bounded length. Neither a value nor a library's
 * message, which may quote one, is shown; of a key that is no field's name only that there was one.
 *
 * @param at what the paths begin with
 */
export function issuesText(issues: readonly SchemaIssue[], at: string): string {
  const shown = issues.slice(0, MOST_ISSUES).map((issue) => `${pathText(issue, at)}: ${ruleText(issue)}`);
  const more = issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function pathText({ path = [] }: SchemaIssue, at: string): string {
  // Made here: reading a literal, which is done when the module is, would look up all of Unicode's letters.
  const fieldName = new RegExp(fieldNamePattern, 'u');
  let text = at;
  for (const segment of path.slice(0, MOST_SEGMENTS)) {
    const key: unknown = isObject(segment) ? segment.key : segment;
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'string' && fieldName.test(key)) text += text === '' ? key : `.${key}`;
    else text += '[…]';
  }
  const isWhole = path.length <= MOST_SEGMENTS && text.length <= MOST_PATH_CHARS;
  return isWhole ? text || 'at the top' : `${text.slice(0, MOST_PATH_CHARS)}…`;
}

/** The rule's name at zod and arktype (`code`) or valibot (`type`), and the type that was expected, where they say it. */
function ruleText(issue: SchemaIssue): string {
  const { code, type, format, expected } = issue as unknown as Readonly<Record<string, unknown>>;
  const rule = [code ?? type, format].filter((name) => typeof name === 'string' && ruleName.test(name)).join(' ');
  if (typeof expected !== 'string' || !typeName.test(expected)) return rule || 'invalid';
  return rule === '' || rule === expected ? `expected ${expected}` : `expected ${expected} (${rule})`;
}
