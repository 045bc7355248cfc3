/** The condition by which this repository runs sources; a published package that named it would run from `src`, too. */
export const privateCondition = 'undam-source';

/** A package's manifest for publication: without the private condition, and not private. */
export function publishedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { private: _, ...published } = manifest;
  return withoutCondition(published) as Record<string, unknown>;
}

function withoutCondition(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCondition);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => name !== privateCondition);
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutCondition(inner)]));
}
