import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { WorkspacePackage } from '../repo/workspace.ts';

const specifiers = /(\bfrom\s+|\bimport\s+|\bimport\()(["'])([^"']+)\2/g;

/**
 * Copies each declaration that the entries reach from `dist`, so that CommonJS scripts have CommonJS types.
 *
 * @param entries the package's root first
 * @throws Error for a declaration that names a package which users need not have: in the root a peer, elsewhere a package that is
 * not even a peer
 */
export async function writeDeclarations(
  entries: readonly string[],
  one: WorkspacePackage,
  outdir: string,
): Promise<void> {
  const [root, ...others] = entries;
  const files = new Set<string>();
  const { dependencies, peerDependencies } = one.manifest;
  if (root !== undefined) await copyFrom(root, new Set(Object.keys({ ...dependencies })));
  const known = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
  for (const entry of others) await copyFrom(entry, known);

  async function copyFrom(file: string, packages: ReadonlySet<string>): Promise<void> {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(file, 'utf8');
    for (const specifier of specifiersOf(text)) {
      if (specifier.startsWith('.')) await copyFrom(join(dirname(file), specifier.replace(/\.ts$/, '.d.ts')), packages);
      else mustBeInstalled(specifier, file, packages);
    }
    const copy = join(outdir, relative(join(one.folder, 'dist'), file));
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''));
  }
}

/** The modules that a declaration names, outside comments. */
export function specifiersOf(declaration: string): string[] {
  const code = declaration.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...new Set(Array.from(code.matchAll(specifiers), ([, , , specifier = '']) => specifier))];
}

function mustBeInstalled(specifier: string, from: string, packages: ReadonlySet<string>): void {
  const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  if (specifier.startsWith('node:') || packages.has(name)) return;
  throw new Error(`${from}: expected types of ${[...packages].join(', ') || 'no package'} alone, got ${specifier}`);
}
