import { closing } from './closing.ts';
import type { FileAccess, FileState } from './disk.ts';

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
export interface FileFolder {
  readonly path: string;
  /** Epoch milliseconds; `undefined` where there is none. */
  changedAt(): number | undefined;
  hasLogs(): boolean;
  hasDeath(): boolean;
  /** Something has died here: each start is marked for a while. */
  noteDeath(now: number): void;
  isVigilant(now: number): boolean;
  logOf(name: string): string;
  /** @throws where what stands there is not ours alone */
  exists(): boolean;
  make(): void;
  makeLogs(): void;
  /** Removes what has expired, and then the logs written least recently until the rest takes no more than that. */
  makeRoom(mostBytes: number, now: number, expiresAfterMs: number): void;
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

  /** Removes what was written before. */
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
      // What is being written now, or was by two at once, is no number.
      const diedAt = closing(file, () => Number(file.read(0)) || file.state().modifiedAt);
      // The clock may have been set back since.
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

    makeRoom(mostBytes, now, expiresAfterMs) {
      keepSince(now - rewriteMostMs, filesIn(logs, names.rewrite));
      const kept = keepSince(now - expiresAfterMs, [...filesIn(logs, names.log), ...filesIn(path, names.setAside)]);
      kept.sort((a, b) => b.modifiedAt - a.modifiedAt);
      let total = 0;
      for (const { path, bytes } of kept) {
        total += bytes;
        if (total > mostBytes) files.remove(path);
      }
    },
  };
}
