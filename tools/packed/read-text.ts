import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repo/workspace.ts';

/** The text of a file of this repository, an empty one for a folder; undefined where there is neither. */
export function readText(path: string): string | undefined {
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isFile() ? readFileSync(join(root, path), 'utf8') : '';
}
