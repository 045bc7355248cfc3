import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { privateCondition } from '../packed/published-manifest.ts';
import { root } from '../workspace.ts';
import type { ModulePlaces } from './module-places.ts';

const common: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22',
  conditions: [privateCondition],
  logLevel: 'silent',
};

/**
 * Writes each module that the entries reach as CommonJS into `outdir`, one file a module, as the ES modules stand in
 * `dist`: so entries share their classes and state.
 */
export async function writeScripts(entries: readonly string[], places: ModulePlaces, outdir: string): Promise<void> {
  const entryPoints = [...entries];
  const plugins = [graph(places)];
  const { metafile } = await build({ ...common, entryPoints, outdir, metafile: true, write: false, plugins });
  const files = Object.keys(metafile.inputs).map((path) => join(root, path));
  const modules = files.map((file) => ({ in: file, out: places.of(file, 'src') }));
  const define = { 'import.meta.url': esModuleUrl };
  await build({ ...common, entryPoints: modules, outdir, define, plugins: [apart(places, outdir)] });
}

/** Follows imports of files of ours; every other package stays a `require`. */
function graph(places: ModulePlaces): Plugin {
  return {
    name: 'our modules',
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        return kind === 'entry-point' || places.isTakenIn(path) ? undefined : { path, external: true };
      });
    },
  };
}

const asIs = Symbol('to be resolved as esbuild does');

/** Keeps each module in a file of its own, and tells it the address of the ES module that it stands for. */
function apart(places: ModulePlaces, outdir: string): Plugin {
  return {
    name: 'a file for each module',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === 'entry-point' || pluginData === asIs) return undefined;
        if (!path.startsWith('.') && !places.isTakenIn(path)) return { path, external: true };
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: asIs });
        if (found.errors.length > 0) return { errors: found.errors };
        const [from, to] = [places.of(importer, 'src'), places.of(found.path, 'src')];
        return { path: places.between(from, to, '.js'), external: true };
      });
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        if (!source.includes('import.meta.url')) return undefined;
        const file = join(outdir, `${places.of(path, 'src')}.js`);
        return {
          loader: 'ts',
          contents: addressOf(relative(dirname(file), join(outdir, '..', relative(outdir, file)))) + source,
        };
      });
    },
  };
}

const esModuleUrl = 'esModuleUrl';

function addressOf(path: string): string {
  const file = `require('node:path').join(__dirname, ${JSON.stringify(path)})`;
  return `const ${esModuleUrl}: string = require('node:url').pathToFileURL(${file}).href;`;
}
