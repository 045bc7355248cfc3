import { join, posix, relative } from 'node:path';
import type { WorkspacePackage } from '../workspace.ts';

/** Where the CommonJS copy of each module goes, relative to `dist/cjs` and without an ending. */
export class ModulePlaces {
  readonly #one: WorkspacePackage;
  readonly #packages: readonly WorkspacePackage[];

  /** @param packages what the copy takes in where `one` imports from it: packages that have no CommonJS of their own */
  constructor(one: WorkspacePackage, packages: readonly WorkspacePackage[]) {
    this.#one = one;
    this.#packages = packages;
  }

  /** The packages whose modules are copied along. */
  isTakenIn(specifier: string): boolean {
    return this.#packages.some(({ manifest: { name } }) => specifier === name || specifier.startsWith(`${name}/`));
  }

  /** The place of a file under some package's `src` or `dist`, such as `live/run-live` or `undam/mapping`. */
  of(file: string, folder: 'src' | 'dist'): string {
    for (const { folder: home, manifest } of [this.#one, ...this.#packages]) {
      const path = relative(join(home, folder), file).replaceAll('\\', '/');
      if (path.startsWith('..')) continue;
      return posix.join(home === this.#one.folder ? '' : manifest.name, path.replace(/(\.d)?\.ts$/, ''));
    }
    throw new Error(`${this.#one.manifest.name}: expected imports of packages under packages/ alone, got ${file}`);
  }

  /** How the module at one place names the one at another. */
  between(from: string, to: string, ending: string): string {
    const path = posix.relative(posix.dirname(from), `${to}${ending}`);
    return path.startsWith('.') ? path : `./${path}`;
  }
}
