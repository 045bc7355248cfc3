import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { WorkspacePackage } from '../repo/workspace.ts';
import { publishedManifest } from './published-manifest.ts';

/** Copies a built package to a temporary folder, with its published manifest; resolves to the folder. */
export async function stage(one: WorkspacePackage): Promise<string> {
  const staged = await mkdtemp(join(tmpdir(), 'undam-staged-'));
  await cp(one.folder, staged, { recursive: true, filter: (path) => basename(path) !== 'node_modules' });
  const file = join(staged, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  await writeFile(file, `${JSON.stringify(publishedManifest(manifest), undefined, 2)}\n`);
  return staged;
}
