/** True for a key that names a file relative to the handler, not a package. */
export function isRelative(key: string): boolean {
  return /^\.{0,2}\//.test(key);
}

/** Modules that replace others: each importer of the original gets the stand-in. */
export class StandIns {
  /** The handler's module, from which keys resolve. */
  readonly handler: string;
  readonly #hrefs: ReadonlyMap<string, string>;
  readonly #keys = new Map<string, string>();
  readonly #used = new Set<string>();

  /** @param hrefs real locations of files, by key */
  constructor(handler: URL, hrefs: Readonly<Record<string, string>>) {
    this.handler = handler.href;
    this.#hrefs = new Map(Object.entries(hrefs));
  }

  get keys(): readonly string[] {
    return [...this.#hrefs.keys()];
  }

  /** The stand-ins that packages may also import. */
  get ofPackages(): readonly string[] {
    const keys = this.keys.filter((key) => !isRelative(key));
    return [...new Set(keys.map((key) => this.#hrefs.get(key)!))];
  }

  /** `module` is the module that a key names; a package that is not installed goes by its name. */
  learn(module: string | undefined, key: string): void {
    if (module !== undefined) this.#keys.set(module, key);
    else if (!isRelative(key)) this.#keys.set(key, key);
  }

  /** The stand-in that an importer gets instead of a module; the stand-in itself gets the real module. */
  insteadOf(module: string, importer: string | undefined): string | undefined {
    const key = this.#keys.get(module);
    const href = key === undefined ? undefined : this.#hrefs.get(key);
    if (key === undefined || href === undefined || href === importer) return undefined;
    this.#used.add(key);
    return href;
  }

  /**
   * A stand-in that nothing imports proves nothing.
   *
   * @throws Error that names the keys
   */
  mustBeUsed(keys: readonly string[] = this.keys): void {
    const unused = keys.filter((key) => !this.#used.has(key)).map((key) => `'${key}'`);
    if (unused.length === 0) return;
    const expected = 'expected modules that the handler imports (a file relative to it, or a package name)';
    throw new Error(`stubs: ${expected}, got ${unused.join(', ')}, which nothing has imported`);
  }
}
