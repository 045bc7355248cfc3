import { createRequire, registerHooks } from 'node:module';
import type { SimulatedHandler } from '../lambda/simulated-function.ts';

/** Marks the modules of one environment; what a marked module imports is marked too. */
const mark = 'undam-environment';

let isHooked = false;

/**
 * Imports a handler with module state of its own for one environment. ES modules are loaded anew for each environment, and
 * so are CommonJS modules outside `node_modules`; packages in CommonJS are shared through Node's cache of `require`.
 *
 * @throws TypeError when the module has no such export
 */
export async function importHandler(url: URL, exportName: string, environment: string): Promise<SimulatedHandler> {
  hook();
  forgetCommonJs(url);
  const marked = new URL(url);
  marked.searchParams.set(mark, environment);
  const module = (await import(marked.href)) as Readonly<Record<string, unknown>>;
  // A CommonJS module whose names Node cannot see in its text has them at `default` only.
  const handler = module[exportName] ?? (Object(module.default) as typeof module)[exportName];
  if (typeof handler === 'function') return handler as SimulatedHandler;
  const names = Object.keys(module).join(', ') || 'nothing';
  throw new TypeError(`${url.pathname}: expected a function exported as ${exportName}, got ${names}`);
}

/** What is required next is loaded anew; who holds a module keeps it. */
function forgetCommonJs(url: URL): void {
  const { cache } = createRequire(url);
  for (const file of Object.keys(cache)) if (!/[\\/]node_modules[\\/]/.test(file)) delete cache[file];
}

/** Synchronous hooks: with them Node loads lazy imports without the thread pool, too. */
function hook(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const environment = context.parentURL && URL.parse(context.parentURL)?.searchParams.get(mark);
      if (!environment || !resolved.url.startsWith('file:') || resolved.format === 'commonjs') return resolved;
      const url = new URL(resolved.url);
      url.searchParams.set(mark, environment);
      return { ...resolved, url: url.href };
    },
  });
}
