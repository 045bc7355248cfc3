import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import type { FunctionVariables } from './function-variables.ts';

/** The function with all it needs, in a folder that can be a task root. */
export interface BundledFunction {
  readonly folder: string;
  /** What its environments are to have beside their own variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Bundles the function, SDK included, into a folder that is there, and has each Node compile it once: a start is then
 * cheaper by a fifth.
 */
export async function bundleFunction(folder: string, nodes: readonly string[]): Promise<BundledFunction> {
  await build({
    entryPoints: [join(import.meta.dirname, 'crash-function.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    // The SDK is loaded only where it is used.
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    // A condition of ours picks our sources.
    conditions: ['undam-source'],
    // What is CommonJS in the SDK requires built-ins.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const cache = join(folder, 'compiled');
  await mkdir(cache);
  const variables = { NODE_COMPILE_CACHE: cache };
  for (const node of nodes) await compile(node, folder, variables);
  return { folder, variables };
}

/** Node writes what it has compiled when a process ends in order, which those of the matrix do not. */
async function compile(node: string, folder: string, variables: Readonly<Record<string, string>>): Promise<void> {
  const url = pathToFileURL(join(folder, 'crash-function.mjs')).href;
  const idle: FunctionVariables = {
    CRASH_DEATH: 'exit',
    CRASH_CONCURRENCY: '1',
    CRASH_HANDLER: 'eachRecord',
    CRASH_LEDGER: 'dynamodb',
    CRASH_WITNESS: join(folder, 'compiled', 'witness'),
    CRASH_STRUCK: folder,
    CRASH_TABLE: 'undam',
    CRASH_ENDPOINT: 'http://127.0.0.1:1',
  };
  await runCommand(node, ['--input-type=module', '--eval', `await import(${JSON.stringify(url)})`], {
    cwd: folder,
    env: { ...process.env, ...variables, ...idle },
  });
}
