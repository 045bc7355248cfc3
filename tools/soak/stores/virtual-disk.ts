import type { Fence } from '@undam/simulator/parts';
import type { FileAccess, FileState, OpenFile } from 'undam';

interface StoredFile {
  readonly inode: bigint;
  bytes: Buffer;
  modifiedAt: number;
}

/** A process that sees the disk. */
export interface DiskProcess {
  /** Counts up, over all environments. */
  readonly number: number;
  readonly fence: Fence;
}

/**
 * The temporary files of one execution environment, in memory, as `fileLedger()` asks for them. They survive the death of a
 * process, whose own view of them ends then.
 */
export class VirtualDisk {
  readonly #date: () => number;
  readonly #files = new Map<string, StoredFile>();
  /** When each was last changed. */
  readonly #folders = new Map<string, number>();
  /** Files that a process has open, by its number. */
  readonly #open = new Map<number, { readonly fence: Fence; readonly files: Set<StoredFile> }>();
  #inodes = 0n;

  /** @param date epoch milliseconds */
  constructor(date: () => number) {
    this.#date = date;
  }

  /** The disk as one process sees it; nothing that a dead one does reaches it. */
  viewOf({ number, fence }: DiskProcess): FileAccess {
    const opened = { fence, files: new Set<StoredFile>() };
    this.#open.set(number, opened);
    const guarded = <T>(act: () => T): T => {
      if (fence.ended) throw new Error('the process has ended');
      return act();
    };
    const open = (path: string, how: 'new' | 'append' | 'old'): OpenFile | undefined => {
      const known = this.#files.get(path);
      if (how === 'new' ? known : how === 'old' && !known) return undefined;
      const file = known ?? this.#create(path);
      opened.files.add(file);
      return this.#handle(file, how === 'append', guarded, () => opened.files.delete(file));
    };
    return {
      self: { pid: number, boot: String(number), thread: 0 },
      makeFolder: (path) => guarded(() => this.#makeFolder(path)),
      names: (folder) => guarded(() => this.#names(folder)),
      look: (path) => guarded(() => this.#look(path)),
      open: ((path: string, how: 'new' | 'append' | 'old') => guarded(() => open(path, how))) as FileAccess['open'],
      rename: (from, to) => guarded(() => this.#rename(from, to)),
      remove: (path) => guarded(() => this.#remove(path)),
      // A rewrite of a log ends before any other process has a turn.
      pause: () => {},
      held: (files) =>
        guarded(
          () => new Set(files.filter(({ path, writer }) => this.#isHeld(path, writer.pid)).map(({ path }) => path)),
        ),
    };
  }

  #names(folder: string): string[] {
    const inside = [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0]!))].sort();
  }

  #look(path: string): FileState | undefined {
    const file = this.#files.get(path);
    if (file) return stateOf(file);
    const modifiedAt = this.#folders.get(path);
    return modifiedAt === undefined ? undefined : { inode: 0n, bytes: 0, modifiedAt };
  }

  #makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#folders.set(path, this.#date());
    this.#touch(path);
  }

  /** The content of a folder has changed. */
  #touch(path: string): void {
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (this.#folders.has(folder)) this.#folders.set(folder, this.#date());
  }

  #remove(path: string): void {
    if (this.#files.delete(path)) this.#touch(path);
  }

  #create(path: string): StoredFile {
    const file = { inode: ++this.#inodes, bytes: Buffer.alloc(0), modifiedAt: this.#date() };
    this.#files.set(path, file);
    this.#touch(path);
    return file;
  }

  #rename(from: string, to: string): void {
    this.#files.set(to, this.#files.get(from)!);
    this.#files.delete(from);
    this.#touch(to);
  }

  #isHeld(path: string, pid: number): boolean {
    const opened = this.#open.get(pid);
    return opened !== undefined && !opened.fence.ended && opened.files.has(this.#files.get(path)!);
  }

  #handle(file: StoredFile, appends: boolean, guarded: <T>(act: () => T) => T, closed: () => void): OpenFile {
    return {
      state: () => guarded(() => stateOf(file)),
      read: (from) => guarded(() => file.bytes.toString('utf8', from)),
      write: (text, position) =>
        guarded(() => {
          const bytes = Buffer.from(text);
          const at = appends ? file.bytes.length : position;
          const gap = Buffer.alloc(Math.max(0, at - file.bytes.length));
          file.bytes = Buffer.concat([file.bytes.subarray(0, at), gap, bytes, file.bytes.subarray(at + bytes.length)]);
          file.modifiedAt = this.#date();
          return bytes.length;
        }),
      truncate: (length) =>
        guarded(() => {
          file.bytes = Buffer.concat([file.bytes, Buffer.alloc(Math.max(0, length - file.bytes.length))]).subarray(
            0,
            length,
          );
        }),
      close: () => guarded(closed),
    };
  }
}

function stateOf({ inode, bytes, modifiedAt }: StoredFile): FileState {
  return { inode, bytes: bytes.length, modifiedAt };
}
