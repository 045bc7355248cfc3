/**
 * The disk as the file ledger sees it; replaceable by a simulated one. Paths are absolute. Calls are synchronous and throw the
 * disk's errors.
 */
export interface FileAccess {
  /** The writer that runs this code. */
  readonly self: Writer;
  /**
   * Creates a folder that only its owner can access, and its missing parents. Keeps an existing one.
   *
   * @throws for a path that is no folder, a link, owned by another user, or writable for others
   */
  makeFolder(path: string): void;
  /** The names in a folder; empty if the folder does not exist. @throws as `makeFolder` does */
  names(folder: string): readonly string[];
  /** The state of a file or folder; does not follow links. */
  look(path: string): FileState | undefined;
  /**
   * Opens a file that only its owner can access.
   *
   * - `new`: created for reading and writing at positions; `undefined` if it exists
   * - `append`: for reading and appending, created if it does not exist
   * - `old`: for reading and writing at positions; `undefined` if it does not exist
   *
   * @throws for a link, anything but a file, or a file of another user
   */
  open(path: string, how: 'new' | 'old'): OpenFile | undefined;
  open(path: string, how: 'append'): OpenFile;
  /** Renames a file, atomically replacing any file of the new name. */
  rename(from: string, to: string): void;
  /** Removes a file, if it exists. */
  remove(path: string): void;
  /** The files that the process and thread that wrote them still hold open. Counts both as alive if their state is unknown. */
  held(files: readonly { readonly path: string; readonly writer: Writer }[]): ReadonlySet<string>;
  /** Yields to other threads and processes for about a millisecond. */
  pause(): void;
}

/** A thread that writes files. */
export interface Writer {
  readonly pid: number;
  /** Digits that distinguish this process from all earlier and later ones with its pid. */
  readonly boot: string;
  readonly thread: number;
}

/** The state of a file or folder. */
export interface FileState {
  /** Identifies a file under any of its names, and open. */
  readonly inode: bigint;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

/** An open file. Every call throws the disk's errors. */
export interface OpenFile {
  state(): FileState;
  /** Reads from a position to the end, as UTF-8. */
  read(from: number): string;
  /** Writes at a position; for a file opened to append, at its end. Returns the bytes written. */
  write(text: string, position: number): number;
  truncate(bytes: number): void;
  close(): void;
}
