import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { exportTargets, root, type WorkspacePackage } from '../workspace.ts';

export interface Tarball {
  readonly file: string;
  /** Packed paths, relative to the package's folder. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

/** Packs a package into `destination`, as publishing would. */
export async function pack(one: WorkspacePackage, destination: string): Promise<Tarball> {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const [packed] = JSON.parse(await runCommand('npm', args, { cwd: one.folder })) as {
    filename: string;
    size: number;
    files: { path: string }[];
  }[];
  if (packed === undefined) throw new Error(`${one.manifest.name}: npm pack answered no tarball`);
  const file = join(destination, packed.filename.replace(/^@/, '').replace('/', '-'));
  return { file, paths: packed.files.map(({ path }) => path), bytes: packed.size };
}

/** Fails on stray or missing files and on what publint and attw find; answers what was checked. */
export async function checkTarball(one: WorkspacePackage, tarball: Tarball): Promise<string> {
  const { name, exports } = one.manifest;
  const stray = tarball.paths.filter(isStray);
  if (stray.length > 0) throw new Error(`${name}: test files in the tarball: ${stray.join(', ')}`);
  const missing = exportTargets(exports).filter((target) => !tarball.paths.includes(target.replace(/^\.\//, '')));
  if (missing.length > 0) throw new Error(`${name}: exports name files that are not packed: ${missing.join(', ')}`);
  await runCommand(bin('publint'), ['run', tarball.file, '--strict'], { cwd: root });
  const attw = ['--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii', '--no-color', tarball.file];
  await runCommand(bin('attw'), attw, { cwd: root });
  return `${tarball.paths.length} files, ${(tarball.bytes / 1_000).toFixed(1)} kB packed, publint and attw agree`;
}

/** True for a path that is only there for tests. */
export function isStray(path: string): boolean {
  return /\.(test|fixture|bench)\.[^/]*$|(^|\/)(fixtures|__tests__|coverage)\//.test(path);
}

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name);
}
