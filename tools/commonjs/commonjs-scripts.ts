import { readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { root } from '../repo/workspace.ts';

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  packages: 'external',
  logLevel: 'silent',
};

/**
 * Writes each module under `sources` that the entries reach as CommonJS into `outdir`, one file per module like the ES modules in
 * `dist`, so that entries share their classes and state.
 */
export async function writeScripts(entries: readonly string[], sources: string, outdir: string): Promise<void> {
  const { metafile } = await build({ ...common, entryPoints: [...entries], outdir, metafile: true, write: false });
  const entryPoints = Object.keys(metafile.inputs).map((path) => join(root, path));
  const define = { 'import.meta.url': esModuleUrl };
  await build({ ...common, entryPoints, outbase: sources, outdir, define, plugins: [apart(sources)] });
}

/** Keeps each module in its own file, and gives it the address of its ES module. */
function apart(sources: string): Plugin {
  return {
    name: 'a file for each module',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\./ }, ({ path, kind }) => {
        return kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes('import.meta.url')) return undefined;
        return { loader: 'ts', contents: addressOf(relative(sources, path).replaceAll('\\', '/')) + source };
      });
    },
  };
}

const esModuleUrl = 'esModuleUrl';

/** `dist/cjs/live/x.js` has the address of `dist/live/x.js`. */
function addressOf(module: string): string {
  const up = posix.relative(posix.join('cjs', dirname(module)), '.');
  const file = `require('node:path').join(__dirname, ${JSON.stringify(`${up}/${module.replace(/\.ts$/, '.js')}`)})`;
  return `const ${esModuleUrl}: string = require('node:url').pathToFileURL(${file}).href;`;
}
