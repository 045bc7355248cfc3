import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspacePackage } from '../workspace.ts';
import { writeDeclarations } from './commonjs-declarations.ts';
import { writeScripts } from './commonjs-scripts.ts';
import { ModulePlaces } from './module-places.ts';

interface Branches {
  readonly 'undam-source': string;
  readonly import: { readonly types: string };
  readonly require: unknown;
}

/**
 * Writes `dist/cjs` of a package whose `exports` have a `require` branch: for runners that load tests as CommonJS and can
 * load no ES module, as Jest is without flags. The modules of other packages here that it imports go along.
 */
export async function buildCommonJs(one: WorkspacePackage, packages: readonly WorkspacePackage[]): Promise<void> {
  const entries = Object.values(Object(one.manifest.exports) as Record<string, Partial<Branches>>).filter(hasBoth);
  if (entries.length === 0) return;
  const others = packages.filter(({ folder }) => folder !== one.folder);
  const places = new ModulePlaces(one, others);
  const outdir = join(one.folder, 'dist/cjs');
  const sources = entries.map((entry) => join(one.folder, entry['undam-source']));
  const declarations = entries.map((entry) => join(one.folder, entry.import.types));
  await writeScripts(sources, places, outdir);
  await writeDeclarations(declarations, one, others, places, outdir);
  await writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n');
}

function hasBoth(entry: Partial<Branches>): entry is Branches {
  return entry.require !== undefined;
}
