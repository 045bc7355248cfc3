/** The query parameter that marks the modules of one environment; the modules that they import get it, too. */
const mark = 'undam-environment';

export function marked(href: string, environment: string): string {
  const url = new URL(href);
  url.searchParams.set(mark, environment);
  return url.href;
}

/** The module's address without an environment. */
export function unmarked(href: string): string {
  if (!href.includes(mark)) return href;
  const url = new URL(href);
  url.searchParams.delete(mark);
  return url.href;
}

/** The environment of a module. */
export function environmentOf(href: string | undefined): string | undefined {
  return (href?.includes(mark) && URL.parse(href)?.searchParams.get(mark)) || undefined;
}
