import crypto from 'node:crypto';
import { posix } from 'node:path';
import { type EncodingOption, encodedName, encodingOf, modeOf } from './call-arguments.ts';
import { type DiskCall, diskError } from './disk-error.ts';
import type { FolderInode, Inode } from './inode.ts';
import { direntOf } from './inode-stats.ts';
import { VirtualDir } from './virtual-dir.ts';
import type { Place, VirtualDisk } from './virtual-disk.ts';

interface ReadOptions {
  readonly encoding?: string | null;
  readonly withFileTypes?: boolean;
  readonly recursive?: boolean;
}

interface RemoveOptions {
  readonly force?: boolean;
  readonly recursive?: boolean;
}

/** The `fs.*Sync` calls for folders and trees, by the name without `Sync`; paths as `/tmp/…`. */
export const folderCalls = {
  mkdir(disk: VirtualDisk, path: string, options?: unknown): string | undefined {
    const { recursive = false, mode } = Object(typeof options === 'object' ? options : { mode: options }) as {
      readonly recursive?: boolean;
      readonly mode?: unknown;
    };
    const bits = modeOf(mode, 0o777);
    if (!recursive) makeFolder(disk, path, bits);
    return recursive ? makeFolders(disk, path, bits) : undefined;
  },

  mkdtemp(disk: VirtualDisk, prefix: string, options?: EncodingOption): string | Buffer {
    for (;;) {
      const path = prefix + crypto.randomBytes(6).toString('base64url').slice(0, 6);
      const call = { syscall: 'mkdtemp', path: `${prefix}XXXXXX` };
      const place = disk.find(path, call, false);
      if (place.node) continue;
      disk.attach(place, disk.newFolder(0o700));
      return encodedName(path, options);
    }
  },

  readdir(disk: VirtualDisk, path: string, options?: string | null | ReadOptions): unknown[] {
    const { recursive = false, withFileTypes = false } = Object(options) as ReadOptions;
    const found = entriesOf(folderAt(disk, path, { syscall: 'scandir', path }), recursive);
    if (!withFileTypes) return found.map(({ name }) => encodedName(name, options));
    const isBuffer = encodingOf(options) === 'buffer';
    return found.map(({ name, node }) => {
      const { base, dir } = posix.parse(name);
      return direntOf(isBuffer ? (Buffer.from(base) as never) : base, node, posix.join(path, dir));
    });
  },

  opendir(disk: VirtualDisk, path: string): VirtualDir {
    const folder = folderAt(disk, path, { syscall: 'opendir', path });
    return new VirtualDir(
      path,
      entriesOf(folder, false).map(({ name, node }) => direntOf(name, node, path)),
    );
  },

  rmdir(disk: VirtualDisk, path: string, options?: RemoveOptions): void {
    const call = { syscall: 'rmdir', path };
    const place = disk.find(path, call, false);
    if (!place.node) throw diskError('ENOENT', call);
    if (place.node.kind !== 'folder') throw diskError('ENOTDIR', call);
    if (!options?.recursive && place.node.entries.size > 0) throw diskError('ENOTEMPTY', call);
    remove(disk, place, call);
  },

  rm(disk: VirtualDisk, path: string, { force = false, recursive = false }: RemoveOptions = {}): void {
    const call = { syscall: 'rm', path };
    const place = placeToRemove(disk, path, force);
    if (!place) return;
    if (place.node?.kind === 'folder' && !recursive) {
      const message = `Path is a directory: rm returned EISDIR (is a directory) ${path}`;
      throw Object.assign(new Error(message), { ...call, code: 'ERR_FS_EISDIR', errno: 21, name: 'SystemError' });
    }
    remove(disk, place, call);
  },
} as const;

function makeFolder(disk: VirtualDisk, path: string, mode: number): void {
  const call = { syscall: 'mkdir', path };
  const place = disk.find(path, call, false);
  if (place.node) throw diskError('EEXIST', call);
  disk.attach(place, disk.newFolder(mode));
}

/** Answers the first folder that it made. */
function makeFolders(disk: VirtualDisk, path: string, mode: number): string | undefined {
  const call = { syscall: 'mkdir', path };
  let first: string | undefined;
  const names = path.split('/').slice(2);
  for (const [index] of names.entries()) {
    const folder = ['/tmp', ...names.slice(0, index + 1)].join('/');
    const place = disk.find(folder, call);
    if (place.node?.kind === 'folder') continue;
    if (place.node) throw diskError(index === names.length - 1 ? 'EEXIST' : 'ENOTDIR', call);
    // A link without a target.
    if (disk.find(folder, call, false).node) throw diskError('ENOENT', call);
    disk.attach(place, disk.newFolder(mode));
    first ??= folder;
  }
  return first;
}

function folderAt(disk: VirtualDisk, path: string, call: DiskCall): FolderInode {
  const node = disk.nodeAt(path, call);
  if (node.kind !== 'folder') throw diskError('ENOTDIR', call);
  return node;
}

/** In order of names, as in libuv; the entries of inner folders follow. */
function entriesOf(folder: FolderInode, isRecursive: boolean): { readonly name: string; readonly node: Inode }[] {
  const found = [...folder.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, node]) => ({ name, node }));
  if (!isRecursive) return found;
  const inside = found.flatMap(({ name, node }) =>
    node.kind === 'folder' ? entriesOf(node, true).map((entry) => ({ ...entry, name: `${name}/${entry.name}` })) : [],
  );
  return [...found, ...inside];
}

function placeToRemove(disk: VirtualDisk, path: string, mayBeAbsent: boolean): Place | undefined {
  const call = { syscall: 'lstat', path };
  try {
    const place = disk.find(path, call, false);
    if (place.node) return place;
    throw diskError('ENOENT', call);
  } catch (error) {
    if (mayBeAbsent && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function remove(disk: VirtualDisk, place: Place, call: DiskCall): void {
  if (!place.name) throw diskError('EBUSY', call);
  if (place.node?.kind === 'folder') {
    for (const [name, node] of [...place.node.entries]) {
      remove(disk, { path: `${place.path}/${name}`, parent: place.node, name, node }, call);
    }
  }
  disk.detach(place);
}
