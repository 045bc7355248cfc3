import { UndamError } from '../../base/errors.ts';
import { JSON } from '../../base/intrinsics.ts';
import { closing } from './closing.ts';
import type { FileAccess, OpenFile } from './disk.ts';

/** The maximum number of pauses, of a millisecond each, before a wait fails. */
const maxPauses = 2_000;

/** An exclusive lock in the form of a file. A dead holder loses it. */
export interface FileLock {
  /** Runs `act` under the lock; does nothing if a live writer holds it. */
  whereFree(act: () => void): void;
  /** Waits until the lock is free. @throws UndamError `ledger-unusable` if it stays held */
  settle(): void;
}

export function fileLock(files: FileAccess, path: string): FileLock {
  function take(): OpenFile | undefined {
    const file = files.open(path, 'new');
    try {
      file?.write(JSON.stringify(files.self), 0);
      return file;
    } catch (error) {
      files.remove(path);
      file?.close();
      throw error;
    }
  }

  /** Removes the lock of a dead holder; returns true if it did. @param unnamed the result for a lock without a holder's name */
  function isDead(unnamed: boolean): boolean {
    const file = files.open(path, 'old');
    if (file === undefined) return false;
    return closing(file, () => {
      const writer = writerIn(file.read(0));
      const isDead = writer === undefined ? unnamed : !files.held([{ path, writer }]).has(path);
      // The file may have been released and taken again in the meantime.
      if (isDead && files.look(path)?.inode === file.state().inode) files.remove(path);
      return isDead;
    });
  }

  return {
    whereFree(act) {
      const mine = take() ?? (isDead(false) ? take() : undefined);
      if (mine === undefined) return;
      try {
        act();
      } finally {
        // Remove before closing: a closed lock file counts as dead, and its removal could hit the next holder's.
        files.remove(path);
        mine.close();
      }
    },

    settle() {
      for (let pauses = 0; files.look(path) !== undefined; pauses++) {
        // A holder that died before it wrote its name is indistinguishable from one that is about to, except by the wait.
        if (isDead(pauses >= maxPauses)) continue;
        if (pauses > maxPauses)
          throw new UndamError('ledger-unusable', `another writer holds ${path} and does not release it`);
        files.pause();
      }
    },
  };
}

/** `undefined` for an unfinished text. */
function writerIn(text: string): FileAccess['self'] | undefined {
  try {
    return JSON.parse(text) as FileAccess['self'];
  } catch {
    return undefined;
  }
}
