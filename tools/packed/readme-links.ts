import { posix } from 'node:path';

const repository = 'https://github.com/undam/undam';

/** Every target of a link or an image in a Markdown text, outside code. */
export function linksOf(markdown: string): string[] {
  const text = markdown.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  const patterns = [/\]\(\s*<?([^)\s>]+)/g, /^\s*\[[^\]]+\]:\s*<?([^\s>]+)/gm, /\b(?:href|src)="([^"]+)"/g];
  return patterns.flatMap((pattern) => Array.from(text.matchAll(pattern), ([, target = '']) => target));
}

/** The anchors of a text's headings on GitHub and npm. */
export function anchorsOf(markdown: string): string[] {
  const headings = markdown.replace(/^```.*?^```/gms, '').matchAll(/^#+\s+(.*)$/gm);
  return Array.from(headings, ([, heading = '']) => {
    return heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
  });
}

/**
 * The fault of a link in a package's README, as npm shows it; undefined for a good link.
 *
 * @param own the README's own text
 * @param read the text of a file of this repository; undefined for a missing file
 */
export function faultOf(link: string, own: string, read: (path: string) => string | undefined): string | undefined {
  const [address = '', anchor] = link.split('#');
  if (address === '') return missingAnchor(own, anchor);
  if (!/^(https|mailto):/.test(address)) return 'expected an https address: a relative one is dead on npm';
  if (!address.startsWith(`${repository}/`)) return undefined;
  const [, path] = /^\/(?:blob|tree)\/main\/(.+)$/.exec(address.slice(repository.length)) ?? [];
  if (path === undefined) return `expected ${repository}/blob/main/FILE`;
  const text = read(path);
  return text === undefined ? `there is no ${path}` : missingAnchor(text, anchor);
}

/**
 * The same of a page under `docs/`, which is read on GitHub: links to files of this repository are relative.
 *
 * @param page its own path in this repository
 */
export function faultInRepository(
  link: string,
  page: string,
  read: (path: string) => string | undefined,
): string | undefined {
  if (link.startsWith(`${repository}/blob/`)) return 'expected a relative link';
  const path = pathOf(link, page);
  if (path === undefined) return undefined;
  const [, anchor] = link.split('#');
  const text = read(path);
  return text === undefined ? `there is no ${path}` : missingAnchor(text, anchor);
}

/** The path in this repository that a link on a page leads to; undefined where it leads out of it. */
export function pathOf(link: string, page: string): string | undefined {
  const [address = ''] = link.split('#');
  if (address === '') return page;
  const [, path] = /^https:\/\/github\.com\/undam\/undam\/(?:blob|tree)\/main\/(.+)$/.exec(address) ?? [];
  if (path !== undefined) return path;
  return /^\w+:/.test(address) ? undefined : posix.join(posix.dirname(page), address);
}

function missingAnchor(markdown: string, anchor: string | undefined): string | undefined {
  return anchor === undefined || anchorsOf(markdown).includes(anchor) ? undefined : `no heading makes #${anchor}`;
}
