/** Marks the modules of one environment; what a marked module imports is marked too. */
const mark = 'undam-environment';

export function marked(href: string, environment: string): string {
  const url = new URL(href);
  url.searchParams.set(mark, environment);
  return url.href;
}

/** The same module, whatever its environment. */
export function unmarked(href: string): string {
  if (!href.includes(mark)) return href;
  const url = new URL(href);
  url.searchParams.delete(mark);
  return url.href;
}

/** The environment that a module was loaded for. */
export function environmentOf(href: string | undefined): string | undefined {
  return (href?.includes(mark) && URL.parse(href)?.searchParams.get(mark)) || undefined;
}
