import type { FileAccess } from './file-access.ts';

/** How long after a death each start is marked. */
const vigilanceMs = 3_600_000;

/** A rewrite of a log that was begun so long ago died on the way. */
const rewriteMostMs = 60_000;

/** The folders of a file ledger, and what keeps them small. */
export class FileFolder {
  readonly marks: string;
  readonly logs: string;
  readonly #files: FileAccess;
  readonly #path: string;
  readonly #died: string;

  constructor(files: FileAccess, path: string) {
    this.#files = files;
    this.#path = path;
    this.marks = `${path}/marks`;
    this.logs = `${path}/logs`;
    this.#died = `${path}/died`;
  }

  /** Something has died here: each start is marked for a while. */
  noteDeath(now: number): void {
    const file = this.#files.open(this.#died, 'append');
    try {
      file.truncate(0);
      file.write(String(now), 0);
    } finally {
      file.close();
    }
  }

  isVigilant(now: number): boolean {
    if (this.#files.look(this.#died) === undefined) return false;
    const file = this.#files.open(this.#died, 'old');
    if (file === undefined) return false;
    try {
      // The clock may have been set back since; and what two have written at once is no time at all.
      if (Math.abs(now - Number(file.read(0))) < vigilanceMs) return true;
    } finally {
      file.close();
    }
    this.#files.remove(this.#died);
    return false;
  }

  logOf(name: string): string {
    return `${this.logs}/${name}.log`;
  }

  /** @throws where what stands there is not ours alone */
  exists(): boolean {
    return this.#files.names(this.#path).length > 0;
  }

  makeLogs(): void {
    this.#files.makeFolder(this.#path);
    this.#files.makeFolder(this.logs);
  }

  makeMarks(): void {
    this.#files.makeFolder(this.#path);
    this.#files.makeFolder(this.marks);
  }

  /** Removes what has expired, and then the logs written least recently until the rest takes no more than that. */
  makeRoom(mostBytes: number, now: number, expiresAfterMs: number): void {
    const logs: { readonly path: string; readonly bytes: number; readonly modifiedAt: number }[] = [];
    for (const folder of [this.marks, this.logs]) {
      for (const name of this.#files.names(folder)) {
        const path = `${folder}/${name}`;
        const state = this.#files.look(path);
        if (state === undefined) continue;
        const isRewrite = /\.log\.(new|lock)$/.test(name);
        if (!isRewrite && !/\.(log|unreadable)$/.test(name)) continue;
        if (state.modifiedAt + (isRewrite ? rewriteMostMs : expiresAfterMs) <= now) this.#files.remove(path);
        else if (!isRewrite) logs.push({ path, ...state });
      }
    }
    logs.sort((a, b) => b.modifiedAt - a.modifiedAt);
    let total = 0;
    for (const { path, bytes } of logs) {
      total += bytes;
      if (total > mostBytes) this.#files.remove(path);
    }
  }
}
