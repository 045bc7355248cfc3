import { realpathSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Refuses options that only a `handler` module can honour.
 *
 * @throws TypeError for each of them beside `createHandler`
 */
export function noLoadOptions(options: { readonly [name in (typeof loadOptions)[number]]?: unknown }): void {
  for (const name of loadOptions) {
    if (options[name] === undefined) continue;
    throw new TypeError(`${name}: expected it with a handler module only, got it with createHandler: leave it out`);
  }
}

const loadOptions = ['stubs', 'loader', 'exportName', 'variables'] as const;

/** @throws TypeError for any other value */
export function mustBeLoader(loader: unknown): void {
  if (loader === undefined || loader === 'esbuild' || loader === 'node') return;
  throw new TypeError(`loader: expected esbuild or node, got ${String(loader)}`);
}

/**
 * The real locations of stand-ins, by key.
 *
 * @throws TypeError for a stand-in that is not a file
 */
export function stubFiles(stubs: Readonly<Record<string, URL | string>>): Readonly<Record<string, string>> {
  if (typeof stubs !== 'object' || stubs === null) {
    throw new TypeError(
      `stubs: expected { './db.ts': new URL('./db.stub.ts', import.meta.url) }, got ${String(stubs)}`,
    );
  }
  return Object.fromEntries(Object.entries(stubs).map(([key, stub]) => [key, realLocation(key, stub)]));
}

function realLocation(key: string, stub: URL | string): string {
  try {
    const path = typeof stub === 'string' && isAbsolute(stub) ? stub : fileURLToPath(stub);
    return pathToFileURL(realpathSync(path)).href;
  } catch (cause) {
    const expected = 'expected the URL or the absolute path of a file';
    throw new TypeError(`stubs['${key}']: ${expected}, got ${String(stub)} (${(cause as Error).message})`, { cause });
  }
}
