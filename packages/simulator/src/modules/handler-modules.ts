import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { SimulatedHandler } from '../lambda/simulated-function.ts';
import { marked } from './environment-marks.ts';
import { isOfPackage } from './module-format.ts';
import { hookModules } from './module-hooks.ts';

/**
 * Imports a handler with module state of its own for one environment. ES modules are loaded anew for each environment, and
 * so are CommonJS modules outside `node_modules`; packages in CommonJS are shared through Node's cache of `require`.
 *
 * @throws TypeError when the module has no such export
 */
export async function importHandler(url: URL, exportName: string, environment: string): Promise<SimulatedHandler> {
  hookModules();
  const again = isCommonJs(url);
  forgetCommonJs(url);
  // Two environments may start at once: what Node is known to require comes anew in one go.
  const module = (
    again ? createRequire(url)(fileURLToPath(url)) : await import(marked(url.href, environment))
  ) as Readonly<Record<string, unknown>>;
  // A CommonJS module whose names Node cannot see in its text has them at `default` only.
  const handler = module[exportName] ?? (Object(module.default) as typeof module)[exportName];
  if (typeof handler === 'function') return handler as SimulatedHandler;
  const names = Object.keys(module).join(', ') || 'nothing';
  throw new TypeError(`${url.pathname}: expected a function exported as ${exportName}, got ${names}`);
}

/** Whether Node has read the file as CommonJS. */
function isCommonJs(url: URL): boolean {
  return Object.hasOwn(createRequire(url).cache, realpathSync(url));
}

/** What is required next is loaded anew; who holds a module keeps it. */
function forgetCommonJs(url: URL): void {
  const { cache } = createRequire(url);
  for (const file of Object.keys(cache)) if (!isOfPackage(file)) delete cache[file];
}
