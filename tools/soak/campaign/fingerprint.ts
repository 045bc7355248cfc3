import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importsOf } from '../../repo/imports.ts';
import { root } from '../../repo/workspace.ts';

/** The entry of one process of the soak. */
const entry = 'tools/soak/campaign/chunk.ts';

/**
 * Names what a seed runs: every source file that the soak's process imports, the versions of the packages that these
 * import, and the sites that are on beside the usual ones. While it is the same, a seed comes to the same again.
 */
export function fingerprint(on: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([...new Set(on)].sort()));
  for (const part of partsSoaked()) hash.update(JSON.stringify(part));
  return hash.digest('hex').slice(0, 16);
}

/** The path of each file with its source, and each foreign package with its version. */
export function partsSoaked(): [name: string, content: string][] {
  const sources = new Map<string, string>();
  const versions = new Map<string, string>();
  const files = new Set([entry]);
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    sources.set(file, source);
    for (const { to, typeOnly } of importsOf(file, source)) {
      if (typeOnly || to.startsWith('node:')) continue;
      const path = to.endsWith('.ts') ? to : relative(root, fileURLToPath(import.meta.resolve(to)));
      if (path.startsWith('node_modules')) versions.set(packageOf(to), versionOf(packageOf(to)));
      else files.add(path);
    }
  }
  return [...sources, ...[...versions].sort()];
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function versionOf(name: string): string {
  return String(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version);
}
