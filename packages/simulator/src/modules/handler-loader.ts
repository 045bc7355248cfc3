import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findEsbuild } from './find-esbuild.ts';
import { bundleHandler } from './handler-bundle.ts';
import { importHandler } from './handler-modules.ts';
import { withLoadAdvice } from './load-advice.ts';
import { isTypeScript } from './module-format.ts';
import { serveModules } from './module-hooks.ts';
import { isRelative, StandIns } from './stand-ins.ts';

/** The loader of the handler's module. */
export type Loader = 'esbuild' | 'node';

export interface LoadOptions {
  readonly loader: Loader | undefined;
  /** Locations of stand-ins, by key. */
  readonly stubs: Readonly<Record<string, string>>;
}

/** A handler's module that this thread can import, also during a run. */
export interface LoadableHandler {
  /**
   * Imports the module once, so that Node has all of its files in its caches.
   *
   * @throws the module's own error; if esbuild would have helped, with the command that installs it
   */
  load(exportName: string): Promise<void>;
  /** @throws Error that names the stand-ins that no module has imported */
  mustHaveUsedStubs(): void;
}

/**
 * Compiles a handler, or leaves it to Node. Takes real time.
 *
 * @throws TypeError for a file that does not exist; Error with esbuild's own message
 */
export async function prepareHandler(given: URL, { loader, stubs }: LoadOptions): Promise<LoadableHandler> {
  const file = realFile(given);
  const handler = pathToFileURL(file);
  const standIns = new StandIns(handler, stubs);
  const esbuild = findEsbuild(handler);
  if (loader === 'esbuild' && !esbuild) {
    throw new Error('loader: expected esbuild to be installed, found none: npm install --save-dev esbuild');
  }
  const isBundled = esbuild && loader !== 'node' && (loader === 'esbuild' || isTypeScript(file));
  const bundle = isBundled ? await bundleHandler(esbuild, handler, standIns) : undefined;
  if (bundle) {
    // Only bundled files import files beside the handler, and all of them have been read.
    standIns.mustBeUsed(standIns.keys.filter(isRelative));
    process.setSourceMapsEnabled(true);
  }
  serveModules({ standIns, bundle });
  const load = async (exportName: string): Promise<void> => {
    try {
      await importHandler(handler, exportName, 'load');
    } catch (error) {
      if (bundle) throw error;
      throw withLoadAdvice(error, { file, isForced: loader === 'node', hasEsbuild: esbuild !== undefined });
    }
  };
  return { load, mustHaveUsedStubs: () => standIns.mustBeUsed() };
}

/** Node names a module by its real file. */
function realFile(handler: URL): string {
  const file = fileURLToPath(handler);
  try {
    return realpathSync(file);
  } catch (cause) {
    throw new TypeError(`handler: expected the file of a module, found none at ${file}`, { cause });
  }
}
