import { closing } from './closing.ts';
import type { FileAccess, FileState } from './disk.ts';

/** Milliseconds after a death in which each start is marked. */
const vigilanceMs = 3_600_000;

/** The age, in milliseconds, at which an unfinished rewrite of a log counts as abandoned. */
const maxRewriteMs = 60_000;

/** The ledger's own files, among which others may exist. A log's name is a SHA-256 in base64url. */
const names = {
  rewrite: /^[\w-]{43}\.log\.(new|lock)$/,
  log: /^[\w-]{43}\.log(\.unreadable)?$/,
  setAside: /^(\d+-){3}\d+\.marks\.unreadable$/,
} as const;

interface PlacedFile extends FileState {
  readonly path: string;
}

/**
 * The folder of a file ledger: marks files, the note of a death, and a subfolder of logs. Its modification time tells in one call
 * whether any of these was created or removed.
 */
export interface FileFolder {
  readonly path: string;
  /** Epoch milliseconds; `undefined` if the folder does not exist. */
  changedAt(): number | undefined;
  hasLogs(): boolean;
  hasDeath(): boolean;
  /** Notes a death: from now on each start is marked for a while. */
  noteDeath(now: number): void;
  isVigilant(now: number): boolean;
  logOf(name: string): string;
  /** @throws for a folder that is not the ledger's alone */
  exists(): boolean;
  make(): void;
  makeLogs(): void;
  /** Removes expired logs, then those written least recently until the rest fits into the bound. */
  makeRoom(maxBytes: number, now: number, expiresAfterMs: number): void;
}

export function fileFolder(files: FileAccess, path: string): FileFolder {
  const logs = `${path}/logs`;
  const died = `${path}/died`;
  const make = (): void => files.makeFolder(path);
  const hasDeath = (): boolean => files.look(died) !== undefined;

  function filesIn(folder: string, pattern: RegExp): PlacedFile[] {
    return files.names(folder).flatMap((name) => {
      const path = `${folder}/${name}`;
      const state = pattern.test(name) ? files.look(path) : undefined;
      return state === undefined ? [] : [{ path, ...state }];
    });
  }

  /** Removes files last written at `since` or earlier. */
  function keepSince(since: number, placed: readonly PlacedFile[]): PlacedFile[] {
    return placed.filter(({ path, modifiedAt }) => {
      if (modifiedAt <= since) files.remove(path);
      return modifiedAt > since;
    });
  }

  return {
    path,
    changedAt: () => files.look(path)?.modifiedAt,
    hasLogs: () => files.look(logs) !== undefined,
    hasDeath,

    noteDeath(now) {
      closing(files.open(died, 'append'), (file) => {
        file.truncate(0);
        file.write(`${now}\n`, 0);
      });
    },

    isVigilant(now) {
      const file = hasDeath() ? files.open(died, 'old') : undefined;
      if (file === undefined) return false;
      // A note that is being written, or was written by two at once, is not a number.
      const diedAt = closing(file, () => Number(file.read(0)) || file.state().modifiedAt);
      // `abs`: the clock may have been set back since.
      if (Math.abs(now - diedAt) < vigilanceMs) return true;
      files.remove(died);
      return false;
    },

    logOf: (name) => `${logs}/${name}.log`,
    exists: () => files.names(path).length > 0,
    make,

    makeLogs() {
      make();
      files.makeFolder(logs);
    },

    makeRoom(maxBytes, now, expiresAfterMs) {
      keepSince(now - maxRewriteMs, filesIn(logs, names.rewrite));
      const kept = keepSince(now - expiresAfterMs, [...filesIn(logs, names.log), ...filesIn(path, names.setAside)]);
      kept.sort((a, b) => b.modifiedAt - a.modifiedAt);
      let total = 0;
      for (const { path, bytes } of kept) {
        total += bytes;
        if (total > maxBytes) files.remove(path);
      }
    },
  };
}
