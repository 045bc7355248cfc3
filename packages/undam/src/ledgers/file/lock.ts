import { UndamError } from '../../base/errors.ts';
import { JSON } from '../../base/intrinsics.ts';
import { closing } from './closing.ts';
import type { FileAccess, OpenFile } from './disk.ts';

/** How often one waits for another, a millisecond each time. */
const mostPauses = 2_000;

/** A file that one thread at a time can make. One whose maker died is taken away from it. */
export interface FileLock {
  /** Runs it unless another living one is at it. */
  whereFree(act: () => void): void;
  /** Waits until nobody is at it. @throws UndamError `ledger-unusable` where somebody does not end */
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

  /** Whether its maker is dead; it is removed then. @param unnamed what to think of one that is not named */
  function isDead(unnamed: boolean): boolean {
    const file = files.open(path, 'old');
    if (file === undefined) return false;
    return closing(file, () => {
      const writer = writerIn(file.read(0));
      const isDead = writer === undefined ? unnamed : !files.held([{ path, writer }]).has(path);
      // It may have been let go meanwhile, and be another's by now.
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
        // In this order: closed and not yet removed, it would be a dead one's, and the next one's when it is removed.
        files.remove(path);
        mine.close();
      }
    },

    settle() {
      for (let pauses = 0; files.look(path) !== undefined; pauses++) {
        // Of one that has died before it said who it was, nothing is known but that it does not end.
        if (isDead(pauses >= mostPauses)) continue;
        if (pauses > mostPauses) throw new UndamError('ledger-unusable', `somebody holds ${path} and does not end`);
        files.pause();
      }
    },
  };
}

/** `undefined` for what is not written yet. */
function writerIn(text: string): FileAccess['self'] | undefined {
  try {
    return JSON.parse(text) as FileAccess['self'];
  } catch {
    return undefined;
  }
}
