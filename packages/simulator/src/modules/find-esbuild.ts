import { createRequire } from 'node:module';

export type Esbuild = typeof import('esbuild');

/** The esbuild of the handler's project, else the simulator's. */
export function findEsbuild(handler: URL): Esbuild | undefined {
  for (const from of [handler, import.meta.url]) {
    try {
      return createRequire(from)('esbuild') as Esbuild;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
