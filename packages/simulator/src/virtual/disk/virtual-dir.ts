import type { Dirent } from 'node:fs';

/** The answer of `fs.opendir`, as far as handlers use it. */
export class VirtualDir implements AsyncIterable<Dirent> {
  readonly path: string;
  readonly #left: Dirent[];
  #isClosed = false;

  constructor(path: string, entries: readonly Dirent[]) {
    this.path = path;
    this.#left = [...entries];
  }

  readSync(): Dirent | null {
    this.#mustBeOpen();
    return this.#left.shift() ?? null;
  }

  async read(): Promise<Dirent | null> {
    return this.readSync();
  }

  closeSync(): void {
    this.#mustBeOpen();
    this.#isClosed = true;
  }

  async close(): Promise<void> {
    this.closeSync();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent> {
    try {
      for (let entry = this.readSync(); entry; entry = this.readSync()) yield entry;
    } finally {
      this.#isClosed = true;
    }
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw Object.assign(new Error('Directory handle was closed'), { code: 'ERR_DIR_CLOSED' });
  }
}
