import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import { lambdaParts } from './lambda-parts.ts';

const templates = join(import.meta.dirname, 'projects');

/** Projects like those of users; each has a script `test`, and pins its own dependencies beside our packages. */
export function projectNames(): Promise<string[]> {
  return readdir(templates);
}

/** Copies a project into `parent`, installs the tarballs in it and runs its tests; resolves to the runner's output. */
export async function testProject(
  name: string,
  parent: string,
  tarballs: ReadonlyMap<string, string>,
): Promise<string> {
  const project = join(parent, name);
  await cp(join(templates, name), project, { recursive: true });
  await installTarballs(project, tarballs);
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  // The project must not inherit the flags or the test environment of this process.
  const env = { PATH: path, HOME: process.env.HOME, NO_COLOR: '1', ...lambdaParts() };
  return runCommand('npm', ['test', '--silent'], { cwd: project, env });
}

async function installTarballs(project: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  const file = join(project, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { dependencies: Readonly<Record<string, string>> };
  const ours = Object.fromEntries([...tarballs].map(([name, tarball]) => [name, `file:${tarball}`]));
  await writeFile(file, JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, ...ours } }));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--prefer-offline'];
  await runCommand('npm', ['install', '--strict-peer-deps', ...quiet], { cwd: project });
}
