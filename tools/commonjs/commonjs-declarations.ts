import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WorkspacePackage } from '../workspace.ts';
import type { ModulePlaces } from './module-places.ts';

const specifiers = /(\bfrom\s+|\bimport\s+|\bimport\()(["'])([^"']+)\2/g;

/**
 * Copies each declaration that the entries reach from `dist`, so that types are those of CommonJS where scripts are.
 *
 * @throws Error where one names a package that is no dependency of `one`: its types would ask for what nobody installed
 */
export async function writeDeclarations(
  entries: readonly string[],
  one: WorkspacePackage,
  packages: readonly WorkspacePackage[],
  places: ModulePlaces,
  outdir: string,
): Promise<void> {
  const files = new Set(entries);
  for (const file of files) {
    const place = places.of(file, 'dist');
    const text = await readFile(file, 'utf8');
    const reached = new Map<string, string>();
    for (const specifier of specifiersOf(text)) {
      const target = declarationOf(specifier, file, packages);
      if (target === undefined) {
        mustBeInstalled(specifier, file, one);
        continue;
      }
      files.add(target);
      reached.set(specifier, places.between(place, places.of(target, 'dist'), '.ts'));
    }
    const copy = join(outdir, `${place}.d.ts`);
    await mkdir(dirname(copy), { recursive: true });
    await writeFile(copy, renamed(text, reached));
  }
}

/** The modules that a declaration names; no line of a comment counts. */
export function specifiersOf(declaration: string): string[] {
  const code = declaration.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  return [...new Set(Array.from(code.matchAll(specifiers), ([, , , specifier = '']) => specifier))];
}

/** The built declaration that a specifier names; undefined for one of a package that is not copied along. */
function declarationOf(specifier: string, from: string, packages: readonly WorkspacePackage[]): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from), specifier.replace(/\.ts$/, '.d.ts'));
  const owner = packages.find(({ manifest: { name } }) => specifier === name || specifier.startsWith(`${name}/`));
  if (!owner) return undefined;
  const entries = owner.manifest.exports as Readonly<Record<string, { readonly types: string } | undefined>>;
  const entry = entries[`.${specifier.slice(owner.manifest.name.length)}`];
  if (!entry) throw new Error(`${from}: expected an entry of ${owner.manifest.name}, got ${specifier}`);
  return join(owner.folder, entry.types);
}

function mustBeInstalled(specifier: string, from: string, { manifest }: WorkspacePackage): void {
  const [name = ''] = /^(@[^/]+\/)?[^/]+/.exec(specifier) ?? [];
  if (specifier.startsWith('node:') || manifest.dependencies?.[name] !== undefined) return;
  throw new Error(`${from}: expected types of dependencies of ${manifest.name} alone, got ${specifier}`);
}

function renamed(declaration: string, names: ReadonlyMap<string, string>): string {
  return declaration
    .replace(specifiers, (all: string, before: string, quote: string, name: string) => {
      const path = names.get(name);
      return path === undefined ? all : `${before}${quote}${path}${quote}`;
    })
    .replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
}
