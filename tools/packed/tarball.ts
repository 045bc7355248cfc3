import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import { exportTargets, type Manifest, root, type WorkspacePackage } from '../repo/workspace.ts';
import { privateCondition } from './published-manifest.ts';
import { stage } from './stage.ts';

export interface Tarball {
  readonly file: string;
  /** Packed paths, relative to the package's folder. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** Packs a built package into `destination`, as for publication. */
export async function pack(one: WorkspacePackage, destination: string): Promise<Tarball> {
  const staged = await stage(one);
  try {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
    const [packed] = JSON.parse(await runCommand('npm', args, { cwd: staged })) as {
      filename: string;
      size: number;
      files: { path: string }[];
    }[];
    if (packed === undefined) throw new Error(`${one.manifest.name}: npm pack answered no tarball`);
    const file = join(destination, packed.filename.replace(/^@/, '').replace('/', '-'));
    return { file, paths: packed.files.map(({ path }) => path), bytes: packed.size };
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

/** Fails on stray or missing files, on the private condition, and on findings of publint and attw; resolves to a summary. */
export async function checkTarball({ manifest }: WorkspacePackage, tarball: Tarball): Promise<string> {
  const { name } = manifest;
  const stray = tarball.paths.filter(isStray);
  if (stray.length > 0) throw new Error(`${name}: test files in the tarball: ${stray.join(', ')}`);
  const { exports } = await packedManifest(name, tarball.file);
  const missing = exportTargets(exports).filter((target) => !tarball.paths.includes(target.replace(/^\.\//, '')));
  if (missing.length > 0) throw new Error(`${name}: exports name files that are not packed: ${missing.join(', ')}`);
  await runCommand(bin('publint'), ['run', tarball.file, '--strict'], { cwd: root });
  const profile = hasRequire(exports) ? 'strict' : 'esm-only';
  const attw = ['--profile', profile, '--no-definitely-typed', '--format', 'ascii', '--no-color', tarball.file];
  await runCommand(bin('attw'), attw, { cwd: root });
  const files = `${tarball.paths.length} files, ${(tarball.bytes / 1_000).toFixed(1)} kB packed`;
  return `${files}, publint and attw (${profile}) agree`;
}

/** True for a path that exists for tests only. */
export function isStray(path: string): boolean {
  return /\.(test|fixture|bench)\.[^/]*$|(^|\/)(fixtures|__tests__|coverage)\//.test(path);
}

/** The manifest inside a tarball. Fails if it names the private condition, or if npm would refuse to publish it. */
async function packedManifest(name: string, file: string): Promise<Manifest> {
  const text = await runCommand('tar', ['-xzOf', file, 'package/package.json'], { cwd: root });
  if (text.includes(privateCondition)) throw new Error(`${name}: the packed manifest names ${privateCondition}`);
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.private) throw new Error(`${name}: the packed manifest is private`);
  return manifest;
}

function hasRequire(exports: unknown): boolean {
  return JSON.stringify(exports).includes('"require":');
}

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name);
}
