import { UndamError } from '../errors.ts';
import { JSON } from '../intrinsics.ts';
import type { FileAccess, OpenFile } from './file-access.ts';

/** How often one waits for another, a millisecond each time. */
const mostPauses = 2_000;

/** A file that one thread at a time can make. One whose maker died is taken away from it. */
export class FileLock {
  readonly #files: FileAccess;
  readonly #path: string;

  constructor(files: FileAccess, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** Runs it unless another living one is at it. */
  whereFree(act: () => void): void {
    const mine = this.#take() ?? (this.#isDead(false) ? this.#take() : undefined);
    if (mine === undefined) return;
    try {
      act();
    } finally {
      // In this order: closed and not yet removed, it would be a dead one's, and the next one's when it is removed.
      this.#files.remove(this.#path);
      mine.close();
    }
  }

  /** Waits until nobody is at it. @throws UndamError `ledger-unusable` where somebody does not end */
  settle(): void {
    for (let pauses = 0; this.#files.look(this.#path) !== undefined; pauses++) {
      // Of one that has died before it said who it was, nothing is known but that it does not end.
      if (this.#isDead(pauses >= mostPauses)) continue;
      if (pauses > mostPauses) throw new UndamError('ledger-unusable', `somebody holds ${this.#path} and does not end`);
      this.#files.pause();
    }
  }

  #take(): OpenFile | undefined {
    const file = this.#files.open(this.#path, 'new');
    if (file === undefined) return undefined;
    try {
      file.write(JSON.stringify(this.#files.self), 0);
      return file;
    } catch (error) {
      this.#files.remove(this.#path);
      file.close();
      throw error;
    }
  }

  /** Whether its maker is dead; it is removed then. @param unnamed what to think of one that is not named */
  #isDead(unnamed: boolean): boolean {
    const file = this.#files.open(this.#path, 'old');
    if (file === undefined) return false;
    try {
      const writer = writerIn(file.read(0));
      const isDead = writer === undefined ? unnamed : !this.#files.held([{ path: this.#path, writer }]).has(this.#path);
      if (!isDead) return false;
      // It may have been let go meanwhile, and be another's by now.
      if (this.#files.look(this.#path)?.inode === file.state().inode) this.#files.remove(this.#path);
      return true;
    } finally {
      file.close();
    }
  }
}

/** `undefined` for what is not written yet. */
function writerIn(text: string): FileAccess['self'] | undefined {
  try {
    return JSON.parse(text) as FileAccess['self'];
  } catch {
    return undefined;
  }
}
