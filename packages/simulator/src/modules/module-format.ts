import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** How Node reads a file, by its extension and the `type` of its package. https://nodejs.org/api/packages.html#type */
export function formatOf(file: string): 'module' | 'commonjs' {
  if (/\.m[jt]s$/.test(file)) return 'module';
  if (!/\.[jt]sx?$/.test(file)) return 'commonjs';
  const manifest = nearestManifest(dirname(file));
  return manifest?.type === 'module' ? 'module' : 'commonjs';
}

function nearestManifest(folder: string): { readonly type?: unknown } | undefined {
  if (basename(folder) === 'node_modules') return undefined;
  const path = join(folder, 'package.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestManifest(parent);
}

export function isTypeScript(file: string): boolean {
  return /\.[cm]?tsx?$/.test(file);
}

export function isOfPackage(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file);
}
