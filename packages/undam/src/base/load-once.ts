import { type Problem, sentence, wordsOf } from './problem.ts';

/** A package as bundlers leave it: a chunk of CommonJS code exports everything as its `default`. */
export type Loaded<T> = Partial<T> & { readonly default?: Partial<T> };

/** An unusable package. Loader messages hold no payload. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(sentence(problem), { cause });
    this.problem = problem;
  }
}

/** Memoizes an asynchronous factory. A failure is memoized too: the process's files do not change during its life. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * The classes that a package exports under these names.
 *
 * @throws LoadError for a package that does not load, or that lacks one of them
 */
export async function loadNames<T extends object, N extends keyof T & string>(
  specifier: string,
  names: readonly N[],
  load: () => Promise<Loaded<T>>,
): Promise<Pick<T, N>> {
  let loaded: Loaded<T>;
  try {
    loaded = await load();
  } catch (cause) {
    const what = `${specifier} could not be loaded: ${wordsOf(cause)}`;
    throw new LoadError({ what, remedy: remedyFor(cause, specifier) }, cause);
  }
  const found = names.map((name) => [name, loaded[name] ?? loaded.default?.[name]] as const);
  const missing = found.filter(([, value]) => typeof value !== 'function').map(([name]) => name);
  if (missing.length > 0) {
    const what = `${specifier} was loaded without ${missing.join(' and ')}, both by name and on its default export`;
    throw new LoadError({ what, remedy: external(specifier) });
  }
  return Object.fromEntries(found) as Pick<T, N>;
}

function remedyFor(error: unknown, specifier: string): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  const words = wordsOf(error);
  // ES modules have no `require`; esbuild substitutes this error.
  if (/^Dynamic require of |\brequire is not defined/.test(words)) return `${banner}, or ${external(specifier)}`;
  const [, sought = ''] = /^Cannot find (?:package|module) '([^']+)'/.exec(words) ?? [];
  const isChunk = /^(\.|\/|file:|[A-Za-z]:)/.test(sought) && !sought.includes('node_modules');
  if (isChunk || name === 'ChunkLoadError') return 'deploy all files that the bundler writes, chunks beside the entry';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    return `add ${specifier} to the function's dependencies, and deploy it or bundle it`;
  }
  return external(specifier);
}

const banner =
  'give the bundle, which is an ES module, the banner "import { createRequire } from \'node:module\'; const require = createRequire(import.meta.url);"';

function external(specifier: string): string {
  return `leave ${specifier} out of the bundle (external) and deploy it in node_modules`;
}
