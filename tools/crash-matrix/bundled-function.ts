import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { runCommand } from '../repo/run-command.ts';
import { root } from '../repo/workspace.ts';
import type { FunctionVariables } from './function-variables.ts';

/** The function with all its files, in a folder that can be a task root. */
export interface BundledFunction {
  readonly folder: string;
  /** Variables of its environments, in addition to their own. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Bundles the function with the SDK into an existing folder, and lets each Node compile it once, which makes a start cheaper by a
 * fifth.
 */
export async function bundleFunction(folder: string, nodes: readonly string[]): Promise<BundledFunction> {
  await build({
    entryPoints: [join(import.meta.dirname, 'crash-function.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    absWorkingDir: root,
    bundle: true,
    // Loads the SDK only on use.
    splitting: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Our own condition selects the sources.
    conditions: ['undam-source'],
    // CommonJS modules of the SDK require built-ins.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const cache = join(folder, 'compiled');
  await mkdir(cache);
  const variables = { NODE_COMPILE_CACHE: cache };
  for (const node of nodes) await compile(node, folder, variables);
  return { folder, variables };
}

/** Node writes its compile cache at the orderly end of a process, which the matrix's processes never have. */
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
