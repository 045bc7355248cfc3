import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The module scope of a file in a bundle. */
export interface OwnFile {
  readonly meta: Pick<ImportMeta, 'url' | 'filename' | 'dirname' | 'resolve'>;
  readonly require: NodeJS.Require;
}

/** The replacement of each name in a bundle's files, unless a file declares a variable of that name. */
export const ownNames: Readonly<Record<string, string>> = {
  'import.meta': '__undamFile.meta',
  __dirname: '__undamFile.meta.dirname',
  __filename: '__undamFile.meta.filename',
  'require.resolve': '__undamFile.require.resolve',
};

/** The head of a bundle. Its `require` is that of the handler's file, for built-ins and for names known only in a run. */
export function bundleHead(handler: URL): string {
  const from = JSON.stringify(import.meta.url);
  const own = `__undamOwnFile(${JSON.stringify(handler)})`;
  return `import { ownFile as __undamOwnFile } from ${from}; const { require } = ${own}, __undamRequire = require;`;
}

/** The text of a CommonJS module in a bundle that exports the result of Node's `require`. */
export function requiredModule(file: string): string {
  return `module.exports = __undamRequire(${JSON.stringify(file)});`;
}

/**
 * The text of a file with a head that defines the replacements of `ownNames`, on the same lines; undefined if it has none of
 * these names.
 */
export function withOwnNames(file: string, text: string): string | undefined {
  if (!/\bimport\.meta\b|\b__(?:dir|file)name\b|\brequire\.resolve\b/.test(text)) return undefined;
  const head = `const __undamFile = __undamOwnFile(${JSON.stringify(pathToFileURL(file))});`;
  return `${head} ${text.replace(/^#!/, '//')}`;
}

/** Called by bundles. */
export function ownFile(url: string): OwnFile {
  const filename = fileURLToPath(url);
  const require = createRequire(url);
  const resolve = (name: string): string => {
    if (/^(?:\.{0,2}\/|\w+:)/.test(name)) return new URL(name, url).href;
    const found = require.resolve(name);
    return found.startsWith('node:') || found === name ? `node:${name}` : pathToFileURL(found).href;
  };
  return { meta: { url, filename, dirname: dirname(filename), resolve }, require };
}
