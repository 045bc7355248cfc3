import { existsSync } from 'node:fs';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { buildCommonJs } from '../commonjs/build-commonjs.ts';
import { runCommand } from '../repo/run-command.ts';
import { exportTargets, root, type WorkspacePackage, workspacePackages } from '../repo/workspace.ts';

/** Builds `dist` of every package from nothing, dependencies first, and refuses `exports` that name a missing file. */
export async function buildPackages(progress: (line: string) => void): Promise<WorkspacePackage[]> {
  const packages = await workspacePackages();
  for (const { folder, manifest } of packages) {
    const startedAt = performance.now();
    await rm(join(folder, 'dist'), { recursive: true, force: true });
    await runCommand(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.json'], { cwd: folder });
    await copyScripts(folder);
    await buildCommonJs({ folder, manifest });
    const missing = missingTargets(folder, manifest.exports);
    if (missing.length > 0) throw new Error(`${manifest.name}: exports name missing files: ${missing.join(', ')}`);
    progress(`${manifest.name}: built in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  }
  return packages;
}

/** The files that `exports` name and that do not exist under `folder`. */
export function missingTargets(folder: string, exports: unknown): string[] {
  return exportTargets(exports).filter((target) => !existsSync(join(folder, target)));
}

/** What is written in JavaScript, because a process of another program loads it, goes along as it stands. */
async function copyScripts(folder: string): Promise<void> {
  const source = join(folder, 'src');
  for (const entry of await readdir(source, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(source, file);
    if (!entry.isFile() || !/\.[cm]?js$/.test(path) || /\bfixtures?\b/.test(path)) continue;
    await copyFile(file, join(folder, 'dist', path));
  }
}
