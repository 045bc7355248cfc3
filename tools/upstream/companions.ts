import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';

/**
 * The packages that the tests need beside the checkout, each with the manifest that names its version, or a version if none does.
 */
const companions: Readonly<Record<string, { readonly manifest: string } | { readonly version: string }>> = {
  vitest: { manifest: 'package.json' },
  zod: { manifest: 'packages/batch/package.json' },
  '@aws-lambda-powertools/commons': { manifest: 'packages/batch/package.json' },
  '@aws-lambda-powertools/parser': { manifest: 'packages/batch/package.json' },
  '@aws/lambda-invoke-store': { manifest: 'packages/batch/package.json' },
  'aws-sdk-client-mock-vitest': { manifest: 'packages/testing/package.json' },
  'aws-sdk-client-mock': { version: '^4' },
  valibot: { version: '^1' },
};

/** Installs the packages that the checkout's tests need into `folder`, in the versions that the checkout names. */
export async function installCompanions(repo: string, folder: string): Promise<void> {
  const dependencies: Record<string, string> = {};
  for (const [name, source] of Object.entries(companions)) {
    dependencies[name] = 'version' in source ? source.version : await askedFor(name, join(repo, source.manifest));
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--prefer-offline'];
  await runCommand('npm', ['install', ...quiet], { cwd: folder });
}

async function askedFor(name: string, manifest: string): Promise<string> {
  const { dependencies, devDependencies, peerDependencies } = JSON.parse(await readFile(manifest, 'utf8')) as Record<
    'dependencies' | 'devDependencies' | 'peerDependencies',
    Record<string, string> | undefined
  >;
  const version = { ...peerDependencies, ...devDependencies, ...dependencies }[name];
  if (version === undefined) throw new Error(`${manifest}: does not say in what version it needs ${name}`);
  return version;
}
