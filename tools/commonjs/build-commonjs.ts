import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspacePackage } from '../repo/workspace.ts';
import { writeDeclarations } from './commonjs-declarations.ts';
import { writeScripts } from './commonjs-scripts.ts';

interface Branches {
  readonly 'undam-source': string;
  readonly import: { readonly types: string };
  readonly require: unknown;
}

/**
 * Writes `dist/cjs` of a package whose `exports` have a `require` branch, for users who cannot load ES modules: CommonJS
 * functions on Lambda's Node, and Jest without flags.
 */
export async function buildCommonJs(one: WorkspacePackage): Promise<void> {
  const { '.': main, ...others } = Object(one.manifest.exports) as Readonly<Record<string, Partial<Branches>>>;
  const entries = [main, ...Object.values(others)].filter((entry) => entry !== undefined).filter(hasBoth);
  if (entries.length === 0) return;
  const outdir = join(one.folder, 'dist/cjs');
  const sources = entries.map((entry) => join(one.folder, entry['undam-source']));
  const declarations = entries.map((entry) => join(one.folder, entry.import.types));
  await writeScripts(sources, join(one.folder, 'src'), outdir);
  await writeDeclarations(declarations, one, outdir);
  await writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
}

function hasBoth(entry: Partial<Branches>): entry is Branches {
  return entry.require !== undefined;
}
