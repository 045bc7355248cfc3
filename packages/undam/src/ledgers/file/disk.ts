/**
 * The disk as the file ledger sees it, so that a simulated one can take its place. Paths are absolute; every call is
 * synchronous, and throws what the disk refuses.
 */
export interface FileAccess {
  /** Where this code runs. */
  readonly self: Writer;
  /**
   * Makes a folder that is its owner's alone, and those above it that are missing. One that is there is kept.
   *
   * @throws where it is no folder, a link, somebody else's, or writable for others
   */
  makeFolder(path: string): void;
  /** The names in a folder, none where there is no such folder. @throws as `makeFolder` does */
  names(folder: string): readonly string[];
  /** What stands under a path now; a link is not followed. */
  look(path: string): FileState | undefined;
  /**
   * Opens a file that is its owner's alone.
   *
   * - `new`: made here, for reading and writing at positions; `undefined` where there is one
   * - `append`: for reading and appending, made where there is none
   * - `old`: for reading and writing at positions; `undefined` where there is none
   *
   * @throws where it is a link, no file, or somebody else's
   */
  open(path: string, how: 'new' | 'old'): OpenFile | undefined;
  open(path: string, how: 'append'): OpenFile;
  /** Takes the place of what stands under the other name, in one step. */
  rename(from: string, to: string): void;
  /** Nothing under that name is no error. */
  remove(path: string): void;
  /** Which of these files are still held open by the process and thread that wrote them. Both live, where that cannot be told. */
  held(files: readonly { readonly path: string; readonly writer: Writer }[]): ReadonlySet<string>;
  /** Lets another thread or process go on, for a millisecond or so. */
  pause(): void;
}

/** A thread that writes. */
export interface Writer {
  readonly pid: number;
  /** Digits that tell this process from any other that has, had or will have its number: its boot nonce. */
  readonly boot: string;
  readonly thread: number;
}

export interface FileState {
  /** The same under two names, or of a name and an open file, for the same file only. */
  readonly inode: bigint;
  readonly bytes: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

export interface OpenFile {
  state(): FileState;
  /** From a position to the end, as UTF-8. */
  read(from: number): string;
  /** Writes at a position; for a file opened to append, behind everything that others have written meanwhile. Answers the bytes. */
  write(text: string, position: number): number;
  truncate(bytes: number): void;
  close(): void;
}
