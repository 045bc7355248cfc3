import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/** Ways to bundle, right and wrong. Each has exactly the options that docs/bundling.md shows. */
export const bundles = {
  'esm, with the banner': { format: 'esm', banner: banner() },
  'esm, with the banner, split': { format: 'esm', banner: banner(), splitting: true },
  'esm, of ES modules, with the banner, split': {
    format: 'esm',
    banner: banner(),
    splitting: true,
    mainFields: ['module', 'main'],
  },
  'esm, without the SDK': { format: 'esm', external: ['@aws-sdk/*'] },
  cjs: { format: 'cjs' },
  'cjs, without the SDK': { format: 'cjs', external: ['@aws-sdk/*'] },
  'esm, without the banner': { format: 'esm' },
} satisfies Record<string, BuildOptions>;

export type BundleName = keyof typeof bundles;

export interface Bundle {
  /** The file that Lambda would load. */
  readonly entry: string;
  /** Removes all files but the entry and its static imports. */
  removeChunks(): Promise<void>;
}

/**
 * Bundles a handler.
 *
 * @param conditions of `exports`, in addition to esbuild's own
 */
export async function bundleOf(
  name: BundleName,
  source: string,
  folder: string,
  conditions: readonly string[] = [],
): Promise<Bundle> {
  const options: BuildOptions = bundles[name];
  const extension = options.format === 'cjs' ? '.cjs' : '.mjs';
  const { outputs } = (
    await build({
      ...options,
      entryPoints: [source],
      outdir: folder,
      outExtension: { '.js': extension },
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node22',
      conditions: [...conditions],
      metafile: true,
      logLevel: 'silent',
    })
  ).metafile;
  const entry = join(folder, `handler${extension}`);
  const loadedLater = Object.entries(outputs).filter(([, { entryPoint = source }]) => !source.endsWith(entryPoint));
  return { entry, removeChunks: async () => void (await Promise.all(loadedLater.map(([file]) => rm(file)))) };
}

/** CommonJS modules of the SDK require built-ins, and an ES module has no `require`. */
function banner(): { js: string } {
  return { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
}
