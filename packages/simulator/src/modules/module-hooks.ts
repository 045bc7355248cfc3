import { registerHooks } from 'node:module';
import { isAbsolute } from 'node:path';
import { environmentOf, marked, unmarked } from './environment-marks.ts';
import type { Bundle } from './handler-bundle.ts';
import type { StandIns } from './stand-ins.ts';

/** The modules that Node's loader serves in addition to files. */
export interface ServedModules {
  readonly standIns: StandIns;
  /** Absent if Node itself loads the handler. */
  readonly bundle: Bundle | undefined;
}

interface Resolved {
  readonly url: string;
  readonly format?: string | null | undefined;
  readonly shortCircuit?: boolean | undefined;
}

/** Node's own resolution, from another module if one is given. */
type Resolve = (specifier: string, from?: string) => Resolved;

interface Importing {
  readonly specifier: string;
  readonly parent: string | undefined;
  /** The conditions of the import; `require` may resolve to other files. */
  readonly how: string;
}

const learned = new Set<string>();
let isHooked = false;
let served: ServedModules | undefined;

/** Serves a handler's bundle and stand-ins in this thread from now on. */
export function serveModules(modules: ServedModules): void {
  hookModules();
  served = modules;
  learned.clear();
}

/** Synchronous hooks: with them, Node also loads lazy imports without the thread pool. */
export function hookModules(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const next: Resolve = (name, parentURL = context.parentURL) => nextResolve(name, { ...context, parentURL });
      const parent = context.parentURL && unmarked(context.parentURL);
      const resolved = resolve({ specifier, parent, how: context.conditions.join() }, next);
      const environment = environmentOf(context.parentURL);
      if (!environment || !resolved.url.startsWith('file:') || resolved.format === 'commonjs') return resolved;
      return { ...resolved, url: marked(resolved.url, environment) };
    },
    load(url, context, nextLoad) {
      const source = served?.bundle?.texts.get(unmarked(url));
      return source === undefined ? nextLoad(url, context) : { format: 'module', source, shortCircuit: true };
    },
  });
}

function resolve(importing: Importing, next: Resolve): Resolved {
  const { specifier, parent } = importing;
  if (!served) return next(specifier);
  const { bundle, standIns } = served;
  if (parent !== undefined && bundle?.texts.has(parent)) {
    const url = bundle.locations.get(specifier);
    if (url !== undefined) return { url, format: 'module', shortCircuit: true };
    // A bundle names a module that it has resolved by its location.
    if (specifier.startsWith('file:') || isAbsolute(specifier)) return next(specifier);
  }
  return standIns.keys.length === 0 ? next(specifier) : withStandIns(standIns, importing, next);
}

function withStandIns(standIns: StandIns, { specifier, parent, how }: Importing, next: Resolve): Resolved {
  if (!learned.has(how)) {
    learned.add(how);
    for (const key of standIns.keys) standIns.learn(tryResolve(next, key, standIns.handler)?.url, key);
  }
  const real = tryResolve(next, specifier);
  const url = standIns.insteadOf(real?.url ?? specifier, parent);
  if (url === undefined) return real ?? next(specifier);
  return { url, shortCircuit: true };
}

function tryResolve(next: Resolve, specifier: string, from?: string): Resolved | undefined {
  try {
    return next(specifier, from);
  } catch {
    return undefined;
  }
}
