/** Keys under which handlers report failures, rightly or not. */
const failureKey = /fail|error|retry|unprocessed|itemidentifier/i;
const reportKey = /^batch_?item_?failures$/i;

const maxDepth = 8;

/**
 * The places of the records that a response reports as failed in any form, whether or not Lambda reads it: under another key,
 * nested, as text. All places if `batchItemFailures` holds an entry that names no record of the batch.
 *
 * @param response parsed from JSON
 * @param sequenceNumbers of the batch, in batch order
 */
export function reportedPlaces(response: unknown, sequenceNumbers: readonly string[]): ReadonlySet<number> {
  if (typeof response !== 'object' && typeof response !== 'string') return new Set();
  const known = new Set(sequenceNumbers);
  const found = { named: new Set<string>(), isUnclear: false };
  look(response, false, 0);
  return new Set(
    [...sequenceNumbers.keys()].filter((place) => found.isUnclear || found.named.has(sequenceNumbers[place]!)),
  );

  function look(value: unknown, isFailure: boolean, depth: number): void {
    if (depth > maxDepth) return;
    if (typeof value === 'string') {
      if (isFailure && known.has(value)) found.named.add(value);
      else if (/^\s*[{[]/.test(value)) look(parsed(value), isFailure, depth + 1);
    } else if (Array.isArray(value)) {
      for (const member of value) look(member, isFailure, depth + 1);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, below] of Object.entries(value)) lookBelow(key, below, isFailure, depth + 1);
    }
  }

  function lookBelow(key: string, below: unknown, isFailure: boolean, depth: number): void {
    const before = found.named.size;
    look(below, isFailure || failureKey.test(key), depth);
    if (reportKey.test(key) && !isEmpty(below) && !namesOnlyKnown(below, before)) found.isUnclear = true;
  }

  /** An entry that names no record of the batch says that something failed, but not what. */
  function namesOnlyKnown(report: unknown, before: number): boolean {
    if (!Array.isArray(report)) return found.named.size > before;
    return report.every((entry) =>
      JSON.stringify(entry)
        ?.match(/"[^"]*"/g)
        ?.some((text) => known.has(text.slice(1, -1))),
    );
  }
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
