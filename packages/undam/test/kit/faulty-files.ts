import type { FileAccess, OpenFile } from '../../src/ledgers/file/disk.ts';

/** What a file that the ledger opens does otherwise. `file` is the real one. */
export interface FileChanges {
  write?(file: OpenFile, text: string, position: number): number;
  truncate?(file: OpenFile, bytes: number): void;
}

/** A disk whose opened files do some calls otherwise. @param isChanged for each file that is opened. @default all */
export function withFiles(
  files: FileAccess,
  { write, truncate }: FileChanges,
  isChanged: (path: string, how: string) => boolean = () => true,
): FileAccess {
  const open = (path: string, how: never): OpenFile | undefined => {
    const file: OpenFile | undefined = files.open(path, how);
    if (file === undefined || !isChanged(path, how)) return file;
    return {
      state: () => file.state(),
      read: (from) => file.read(from),
      write: (text, position) => write?.(file, text, position) ?? file.write(text, position),
      truncate: (bytes) => (truncate === undefined ? file.truncate(bytes) : truncate(file, bytes)),
      close: () => file.close(),
    };
  };
  return { ...files, open: open as FileAccess['open'] };
}

/** A disk whose process is killed after so many calls that change something. */
export function killedAfter(calls: number, files: FileAccess): FileAccess {
  let left = calls;
  const counted = <T>(act: () => T): T => {
    if (left-- <= 0) throw new Error('killed');
    return act();
  };
  return {
    ...withFiles(files, {
      write: (file, text, position) => counted(() => file.write(text, position)),
      truncate: (file, bytes) => counted(() => file.truncate(bytes)),
    }),
    rename: (from, to) => counted(() => files.rename(from, to)),
    remove: (path) => counted(() => files.remove(path)),
  };
}

/** A disk that dates every change at 0. */
export function datedAtZero(files: FileAccess): FileAccess {
  const look: FileAccess['look'] = (path) => {
    const state = files.look(path);
    return state && { ...state, modifiedAt: 0 };
  };
  return { ...files, look };
}

/** A disk on which something happens after the note of a death is opened and emptied, and before it is written. */
export function beforeDeathNote(files: FileAccess, happens: () => void): FileAccess {
  const write: FileChanges['write'] = (file, text, position) => {
    happens();
    return file.write(text, position);
  };
  return withFiles(files, { write }, (path, how) => how === 'append' && path.endsWith('/died'));
}

/** A disk without room while `isFull`: writing fails, after the first `taken` bytes of a line. One byte always fits. */
export function fullWhile(isFull: () => boolean, taken: number, files: FileAccess): FileAccess {
  return withFiles(files, {
    write(file, text, position) {
      if (!isFull() || text.length === 1) return file.write(text, position);
      if (taken > 0) file.write(text.slice(0, taken), position);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    },
  });
}
