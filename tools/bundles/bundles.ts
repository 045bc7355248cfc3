import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/** How users bundle, and how they should not. Each is what docs/bundling.md shows, and no more. */
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
  /** Leaves the entry, and what it imports at once. */
  removeChunks(): Promise<void>;
}

/**
 * Bundles a handler.
 *
 * @param conditions of `exports` that pick what is bundled beside esbuild's own
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

/** What is CommonJS in the SDK requires built-ins, and an ES module has no `require`. */
function banner(): { js: string } {
  return { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
}
