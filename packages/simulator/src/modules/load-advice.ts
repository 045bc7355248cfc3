import { isTypeScript } from './module-format.ts';

/** How a handler was loaded that Node failed to load. */
export interface LoadedByNode {
  readonly file: string;
  readonly isForced: boolean;
  readonly hasEsbuild: boolean;
}

/** Node's error codes for code that a compiler accepts and Node does not. */
const codes: readonly unknown[] = [
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_INVALID_TYPESCRIPT_SYNTAX',
  'ERR_NO_TYPESCRIPT',
  'ERR_UNKNOWN_FILE_EXTENSION',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
];

/** The error, with advice if esbuild would have loaded the handler. */
export function withLoadAdvice(error: unknown, loaded: LoadedByNode): unknown {
  if (!(error instanceof Error) || !mayHelp(error, loaded.file)) return error;
  const { name, message, stack } = error;
  const advised = `${message}\n\n${advice(loaded)}`;
  return Object.assign(new Error(advised, { cause: error }), { name, stack: stack?.replace(message, () => advised) });
}

function mayHelp(error: Error, file: string): boolean {
  const { code } = error as { readonly code?: unknown };
  if (codes.includes(code)) return isTypeScript(file) || /_NOT_FOUND|DIR_IMPORT/.test(String(code));
  if (!isTypeScript(file)) return false;
  return error.name === 'SyntaxError' || /^(?:require|module|exports|__\w+name) is not defined/.test(error.message);
}

function advice({ isForced, hasEsbuild, file }: LoadedByNode): string {
  const why = isTypeScript(file)
    ? 'Node by itself (22.18 or later) loads TypeScript whose types can be erased (no enum, namespace, decorator, parameter property) and whose imports name files in full (./orders.ts, no path aliases).'
    : 'Node by itself loads JavaScript whose imports name files in full (./orders.js, no path aliases).';
  const what = isTypeScript(file) ? 'TypeScript as it is usually written' : 'more';
  const install = hasEsbuild ? '' : 'npm install --save-dev esbuild';
  const option = isTypeScript(file) ? isForced && "leave out loader: 'node'" : "give simulate() loader: 'esbuild'";
  return `${why} With esbuild, simulate() loads ${what}: ${[install, option].filter(Boolean).join(', and ')}`;
}
