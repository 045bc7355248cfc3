import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { SimulatedHandler } from '../lambda/simulated-function.ts';
import { marked } from './environment-marks.ts';
import { isOfPackage } from './module-format.ts';
import { hookModules } from './module-hooks.ts';

/**
 * Imports a handler with its own module state for one environment. ES modules, and CommonJS modules outside `node_modules`, are
 * loaded anew in each environment; CommonJS packages are shared through Node's `require` cache.
 *
 * @throws TypeError if the module has no such export
 */
export async function importHandler(url: URL, exportName: string, environment: string): Promise<SimulatedHandler> {
  hookModules();
  const again = isCommonJs(url);
  forgetCommonJs(url);
  // Two environments may start at once: a module known to be CommonJS is reloaded without an await in between.
  const module = (
    again ? createRequire(url)(fileURLToPath(url)) : await import(marked(url.href, environment))
  ) as Readonly<Record<string, unknown>>;
  // A CommonJS module whose exports Node cannot detect in its text has them only at `default`.
  const handler = module[exportName] ?? (Object(module.default) as typeof module)[exportName];
  if (typeof handler === 'function') return handler as SimulatedHandler;
  const names = Object.keys(module).join(', ') || 'nothing';
  throw new TypeError(`${url.pathname}: expected a function exported as ${exportName}, got ${names}`);
}

/** Whether Node has read the file as CommonJS. */
function isCommonJs(url: URL): boolean {
  return Object.hasOwn(createRequire(url).cache, realpathSync(url));
}

/** The next `require` loads the user's modules anew; references to the old ones stay valid. */
function forgetCommonJs(url: URL): void {
  const { cache } = createRequire(url);
  for (const file of Object.keys(cache)) if (!isOfPackage(file)) delete cache[file];
}
