import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';

/** The packages that a user installs beside the tarball, at this repository's versions. */
const companions = [
  '@middy/core',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-sqs',
  '@aws-lambda-powertools/batch',
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@types/aws-lambda',
  '@types/node',
  'typescript',
  'zod',
];

/** Middy 7's own declarations import its types, so a project without `skipLibCheck` needs it. */
const middysTypePeer = { '@aws/durable-execution-sdk-js': '2.4.0' };

/** Makes a project under `parent`, installs the tarball in it, and resolves to its folder. */
export async function installQuickStart(parent: string, tarball: string): Promise<string> {
  const project = join(parent, 'quick-start');
  await mkdir(project);
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { undam: `file:${tarball}`, ...middysTypePeer, ...(await companionVersions()) },
  };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', '--prefer-offline'];
  await runCommand('npm', ['install', '--strict-peer-deps', ...quiet], { cwd: project });
  return project;
}

async function companionVersions(): Promise<Record<string, string>> {
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  return Object.fromEntries(
    companions.map((name) => {
      const version = devDependencies[name];
      if (version === undefined) throw new Error(`package.json: devDependencies lack ${name}`);
      return [name, version];
    }),
  );
}
