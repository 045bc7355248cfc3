import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackages } from '../build/build-packages.ts';
import { snippets } from '../docs/code-blocks.ts';
import { docsPages } from '../docs/pages.ts';
import { root } from '../repo/workspace.ts';
import { bundleInProject } from './bundle-in-project.ts';
import { devInProject } from './dev-in-project.ts';
import { importAlone } from './import-alone.ts';
import { quickStart, typeCheckSnippets } from './quick-start.ts';
import { installQuickStart } from './quick-start-project.ts';
import { checkTarball, pack } from './tarball.ts';
import { projectNames, testProject } from './throw-away-project.ts';

const progress = (line: string): void => console.log(`check:packed: ${line}`);
const folder = await mkdtemp(join(tmpdir(), 'undam-packed-'));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void removeAndExit());

try {
  await checkPacked();
  progress('all good');
} catch (error) {
  console.error(`check:packed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Checks what users would install: the tarballs, the quick start in an empty folder, and projects that test their handlers. */
async function checkPacked(): Promise<void> {
  const tarballs = new Map<string, string>();
  for (const one of await buildPackages(progress)) {
    const tarball = await pack(one, folder);
    progress(`${one.manifest.name}: ${await checkTarball(one, tarball)}`);
    tarballs.set(one.manifest.name, tarball.file);
  }
  const undam = tarballs.get('undam');
  if (undam === undefined) throw new Error('packages/undam was not packed');
  const projects = (await projectNames()).map((name) => () => checkProject(name, tarballs));
  await twoAtATime([() => checkQuickStart(undam), ...projects]);
}

async function checkQuickStart(undam: string): Promise<void> {
  const code = quickStart(await readFile(join(root, 'README.md'), 'utf8'));
  const documented = [...(await docsPages()).values()].flatMap(snippets);
  const project = await installQuickStart(folder, undam);
  progress('undam: installed in an empty folder');
  await typeCheckSnippets(project, code, documented);
  const checked = `the quick start of README.md and ${documented.length} snippets of undam's README and of docs/`;
  progress(`undam: ${checked} type-check there, strict, without skipLibCheck`);
  progress(`undam: ${await importAlone(project)}`);
  progress(`undam: ${await bundleInProject(project)}`);
  progress(`npm run dev, on that project: ${await devInProject(project)}`);
}

async function checkProject(name: string, tarballs: ReadonlyMap<string, string>): Promise<void> {
  await testProject(name, folder, tarballs);
  progress(`projects/${name}: installed in a folder of its own, its tests pass`);
}

/** Installing waits for the network and the disk, testing for the processor. */
async function twoAtATime(checks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...checks];
  const next = async (): Promise<void> => {
    for (let check = left.shift(); check !== undefined; check = left.shift()) await check();
  };
  const lanes = await Promise.allSettled([next(), next()]);
  const reasons = lanes.flatMap((lane) => (lane.status === 'rejected' ? [String(lane.reason)] : []));
  if (reasons.length > 0) throw new Error(reasons.join('\n'));
}

async function removeAndExit(): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  process.exit(1);
}
