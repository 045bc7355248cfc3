import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../repo/workspace.ts';

/** Every page of the documentation, with its path in this repository: undam's README, then the pages under `docs/`. */
export async function docsPages(): Promise<Map<string, string>> {
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md')).sort();
  const paths = ['packages/undam/README.md', ...names.map((name) => `docs/${name}`)];
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), 'utf8')));
  return new Map(paths.map((path, n) => [path, texts[n]!]));
}
