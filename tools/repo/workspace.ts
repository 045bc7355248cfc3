import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The repository's folder. */
export const root: string = join(import.meta.dirname, '../..');

/** The packages under `packages/`, each behind those it depends on. */
export async function workspacePackages(): Promise<WorkspacePackage[]> {
  const parent = join(root, 'packages');
  const folders = (await readdir(parent)).sort().map((name) => join(parent, name));
  const found = await Promise.all(
    folders
      .filter((folder) => existsSync(join(folder, 'package.json')))
      .map(async (folder) => ({ folder, manifest: await readManifest(folder) })),
  );
  return dependenciesFirst(found);
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Every file that the `exports` of a package name, relative to its folder. */
export function exportTargets(exports: unknown): string[] {
  if (typeof exports === 'string') return [exports];
  if (typeof exports !== 'object' || exports === null) return [];
  return [...new Set(Object.values(exports).flatMap(exportTargets))];
}

/** Orders packages so that each stands behind the ones it names; throws on a cycle. */
export function dependenciesFirst(packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const ordered: WorkspacePackage[] = [];
  let left = [...packages];
  while (left.length > 0) {
    const names = new Set(left.map(({ manifest }) => manifest.name));
    const ready = left.filter(({ manifest }) => !dependencyNames(manifest).some((name) => names.has(name)));
    if (ready.length === 0) throw new Error(`packages depend on each other: ${[...names].join(', ')}`);
    ordered.push(...ready);
    left = left.filter((one) => !ready.includes(one));
  }
  return ordered;
}

function dependencyNames(manifest: Manifest): string[] {
  return [manifest.dependencies, manifest.devDependencies, manifest.peerDependencies].flatMap((group) =>
    Object.keys(group ?? {}),
  );
}
