import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ImportKind, OnResolveArgs, OnResolveResult, Plugin, PluginBuild, ResolveResult } from 'esbuild';
import { formatOf, isOfPackage, isTypeScript } from './module-format.ts';
import { requiredModule, withOwnNames } from './own-names.ts';
import type { StandIns } from './stand-ins.ts';

type Importing = Pick<OnResolveArgs, 'importer' | 'kind' | 'resolveDir' | 'with'>;

/** Marks the plugin's own requests to esbuild. */
const asked = Symbol('asked');
const required = 'required';

/**
 * A plugin for esbuild: the bundle holds the user's own files, with stand-ins in their places; packages stay with Node. In a file
 * that Node would read as CommonJS, imports of CommonJS packages work as compilers let them: every property is a named import,
 * and `default` is that of a module with `__esModule`. A file of a package with `"type": "module"` imports as in Node.
 */
export function ownFiles(standIns: StandIns, handler: URL): Plugin {
  return {
    name: 'undam-own-files',
    setup(build) {
      build.onStart(() => learnKeys(build, standIns, handler));
      build.onResolve({ filter: /./, namespace: 'file' }, (args) => resolved(build, standIns, args));
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const contents = withOwnNames(path, await readFile(path, 'utf8'));
        return contents === undefined ? undefined : { contents, loader: 'default' };
      });
      build.onLoad({ filter: /./, namespace: required }, ({ path }) => {
        return { contents: requiredModule(path), loader: 'js' };
      });
    },
  };
}

async function learnKeys(build: PluginBuild, standIns: StandIns, handler: URL): Promise<void> {
  const importer = fileURLToPath(handler);
  const resolveDir = fileURLToPath(new URL('.', handler));
  for (const key of standIns.keys) {
    for (const kind of ['import-statement', 'require-call'] as const) {
      const found = await ask(build, key, { importer, kind, resolveDir, with: {} });
      standIns.learn(found || isBuiltin(key) ? identityOf(key, found) : undefined, key);
    }
  }
}

async function resolved(
  build: PluginBuild,
  standIns: StandIns,
  args: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const { path, importer, kind, pluginData } = args;
  if (kind === 'entry-point' || pluginData === asked) return undefined;
  const real = await ask(build, path, args);
  const href = standIns.insteadOf(identityOf(path, real), pathToFileURL(importer).href);
  if (!href && (!real || real.external || real.namespace !== 'file')) return undefined;
  const file = href ? fileURLToPath(href) : real!.path;
  if (isOfPackage(file) || file.endsWith('.node')) return ofPackage(file, importer, kind);
  return href ? { path: file } : undefined;
}

/** JSON is the same in a bundle, and Node refuses TypeScript in packages. */
function ofPackage(file: string, importer: string, kind: ImportKind): OnResolveResult {
  if (file.endsWith('.json') || isTypeScript(file)) return { path: file };
  const isImport = kind === 'import-statement' || kind === 'dynamic-import';
  if (isImport && (formatOf(file) === 'module' || formatOf(importer) === 'module')) {
    return { path: pathToFileURL(file).href, external: true };
  }
  return { path: file, namespace: required };
}

/** esbuild's resolution by the conditions of the import, else of `require`, into which a compiler to CommonJS turns it. */
async function ask(build: PluginBuild, path: string, importing: Importing): Promise<ResolveResult | undefined> {
  const { importer, kind, resolveDir } = importing;
  if (isBuiltin(path)) return undefined;
  for (const as of new Set<ImportKind>([kind, 'require-call'])) {
    const found = await build.resolve(path, { importer, kind: as, resolveDir, namespace: 'file', pluginData: asked });
    if (found.errors.length === 0) return found;
  }
  return undefined;
}

/** The name of the module in Node's own loader. */
function identityOf(specifier: string, found: ResolveResult | undefined): string {
  if (isBuiltin(specifier)) return `node:${specifier.replace(/^node:/, '')}`;
  return found && isAbsolute(found.path) ? pathToFileURL(found.path).href : specifier;
}
