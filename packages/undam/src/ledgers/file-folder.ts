import type { FileAccess, FileState } from './file-access.ts';

/** How long after a death each start is marked. */
const vigilanceMs = 3_600_000;

/** A rewrite of a log that was begun so long ago died on the way. */
const rewriteMostMs = 60_000;

/** Files of the ledger's own: a log is named by a SHA-256 in base64url. Others may stand beside them. */
const names = {
  rewrite: /^[\w-]{43}\.log\.(new|lock)$/,
  log: /^[\w-]{43}\.log(\.unreadable)?$/,
  setAside: /^(\d+-){3}\d+\.marks\.unreadable$/,
} as const;

interface PlacedFile extends FileState {
  readonly path: string;
}

/**
 * The folder of a file ledger, and what keeps it small: the marks files, the note of a death and a folder of the logs. When
 * it was changed says whether one of these has come or gone, in one call.
 */
export class FileFolder {
  readonly path: string;
  readonly #files: FileAccess;
  readonly #logs: string;
  readonly #died: string;

  constructor(files: FileAccess, path: string) {
    this.#files = files;
    this.path = path;
    this.#logs = `${path}/logs`;
    this.#died = `${path}/died`;
  }

  /** Epoch milliseconds; `undefined` where there is none. */
  changedAt(): number | undefined {
    return this.#files.look(this.path)?.modifiedAt;
  }

  hasLogs(): boolean {
    return this.#files.look(this.#logs) !== undefined;
  }

  hasDeath(): boolean {
    return this.#files.look(this.#died) !== undefined;
  }

  /** Something has died here: each start is marked for a while. */
  noteDeath(now: number): void {
    const file = this.#files.open(this.#died, 'append');
    try {
      file.truncate(0);
      file.write(`${now}\n`, 0);
    } finally {
      file.close();
    }
  }

  isVigilant(now: number): boolean {
    if (!this.hasDeath()) return false;
    const file = this.#files.open(this.#died, 'old');
    if (file === undefined) return false;
    try {
      // What is being written now, or was by two at once, is no number.
      const diedAt = Number(file.read(0)) || file.state().modifiedAt;
      // The clock may have been set back since.
      if (Math.abs(now - diedAt) < vigilanceMs) return true;
    } finally {
      file.close();
    }
    this.#files.remove(this.#died);
    return false;
  }

  logOf(name: string): string {
    return `${this.#logs}/${name}.log`;
  }

  /** @throws where what stands there is not ours alone */
  exists(): boolean {
    return this.#files.names(this.path).length > 0;
  }

  make(): void {
    this.#files.makeFolder(this.path);
  }

  makeLogs(): void {
    this.make();
    this.#files.makeFolder(this.#logs);
  }

  /** Removes what has expired, and then the logs written least recently until the rest takes no more than that. */
  makeRoom(mostBytes: number, now: number, expiresAfterMs: number): void {
    this.#keepSince(now - rewriteMostMs, this.#filesIn(this.#logs, names.rewrite));
    const files = [...this.#filesIn(this.#logs, names.log), ...this.#filesIn(this.path, names.setAside)];
    const kept = this.#keepSince(now - expiresAfterMs, files);
    kept.sort((a, b) => b.modifiedAt - a.modifiedAt);
    let total = 0;
    for (const { path, bytes } of kept) {
      total += bytes;
      if (total > mostBytes) this.#files.remove(path);
    }
  }

  #filesIn(folder: string, pattern: RegExp): PlacedFile[] {
    return this.#files.names(folder).flatMap((name) => {
      const path = `${folder}/${name}`;
      const state = pattern.test(name) ? this.#files.look(path) : undefined;
      return state === undefined ? [] : [{ path, ...state }];
    });
  }

  /** Removes what was written before. */
  #keepSince(since: number, files: readonly PlacedFile[]): PlacedFile[] {
    const expired = files.filter(({ modifiedAt }) => modifiedAt <= since);
    for (const { path } of expired) this.#files.remove(path);
    return files.filter((file) => !expired.includes(file));
  }
}
