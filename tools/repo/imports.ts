import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';

export interface Import {
  /** The importing file, relative to the folder that was read, with `/`. */
  readonly from: string;
  /** What is imported as written, or, for a relative path, the file it names, relative to the same folder. */
  readonly to: string;
  /** True for an import that leaves nothing behind at run time. */
  readonly typeOnly: boolean;
}

/** Every import of the TypeScript files under a folder. Relies on the layout that the formatter enforces. */
export async function importsUnder(folder: string): Promise<Import[]> {
  const files = await typeScriptFiles(folder);
  const read = files.map(async (file) => importsOf(file, await readFile(join(folder, file), 'utf8')));
  return (await Promise.all(read)).flat();
}

/** The TypeScript files under a folder, relative to it, without those of `node_modules` and `dist`. */
export async function typeScriptFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path))
    .sort();
}

/** The imports in one file's source, and the built-ins that it takes from `process`. Doc comments do not count: no line of theirs begins with an import. */
export function importsOf(from: string, source: string): Import[] {
  const code = source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const statements = code.matchAll(/^(?:import|export)\s(?:([^;'"]*?)\sfrom\s)?'([^']+)'/gm);
  const dynamic = code.matchAll(/(\btypeof\s+)?\b(?:import|process\.getBuiltinModule)\(\s*'([^']+)'\s*\)/g);
  return [
    ...Array.from(statements, ([, names, to]) => ({ from, to: resolve(from, to ?? ''), typeOnly: isTypeOnly(names) })),
    ...Array.from(dynamic, ([, type, to]) => ({ from, to: resolve(from, to ?? ''), typeOnly: type !== undefined })),
  ];
}

function isTypeOnly(names: string | undefined): boolean {
  if (names === undefined) return false;
  if (names.startsWith('type ')) return true;
  const braced = /^\{(.*)\}$/s.exec(names.trim())?.[1];
  const listed = braced?.split(',').map((name) => name.trim());
  return listed?.every((name) => name === '' || name.startsWith('type ')) ?? false;
}

function resolve(from: string, to: string): string {
  return to.startsWith('.') ? posix.join(dirname(from), to) : to;
}
