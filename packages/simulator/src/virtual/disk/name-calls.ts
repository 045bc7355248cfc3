import fs from 'node:fs';
import { type EncodingOption, encodedName, timeMsOf } from './call-arguments.ts';
import { diskError } from './disk-error.ts';
import type { Inode } from './inode.ts';
import { changeMode, changeOwner, changeTimes } from './inode-changes.ts';
import { statsOf } from './inode-stats.ts';
import type { VirtualDisk } from './virtual-disk.ts';

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

/** Undefined if the caller wants no error for a missing file. */
type Status = fs.Stats | fs.BigIntStats | undefined;

const { W_OK, X_OK, R_OK } = fs.constants;

/** The `fs.*Sync` calls for names, by the name without `Sync`; paths as `/tmp/…`. */
export const nameCalls = {
  exists(disk: VirtualDisk, path: string): boolean {
    try {
      return disk.find(path, { syscall: 'access', path }).node !== undefined;
    } catch {
      return false;
    }
  },

  access(disk: VirtualDisk, path: string, wanted: number = fs.constants.F_OK): void {
    const call = { syscall: 'access', path };
    if ((wanted & ~allowedTo(disk.nodeAt(path, call)) & (R_OK | W_OK | X_OK)) !== 0) throw diskError('EACCES', call);
  },

  stat: (disk: VirtualDisk, path: string, options?: StatOptions): Status => statusOf(disk, 'stat', path, true, options),
  lstat: (disk: VirtualDisk, path: string, options?: StatOptions): Status =>
    statusOf(disk, 'lstat', path, false, options),

  statfs(disk: VirtualDisk, path: string, options?: { readonly bigint?: boolean }): object {
    disk.nodeAt(path, { syscall: 'statfs', path });
    const bsize = 4_096;
    const blocks = Math.floor(disk.maxBytes / bsize);
    const bfree = Math.floor((disk.maxBytes - disk.bytesUsed) / bsize);
    const status = { type: 0xef53, bsize, blocks, bfree, bavail: bfree, files: 65_536, ffree: 65_000 };
    if (!options?.bigint) return status;
    return Object.fromEntries(Object.entries(status).map(([name, value]) => [name, BigInt(value)]));
  },

  realpath(disk: VirtualDisk, path: string, options?: EncodingOption): string | Buffer {
    const call = { syscall: 'realpath', path };
    disk.nodeAt(path, call);
    return encodedName(disk.find(path, call).path, options);
  },

  readlink(disk: VirtualDisk, path: string, options?: EncodingOption): string | Buffer {
    const call = { syscall: 'readlink', path };
    const node = disk.nodeAt(path, call, false);
    if (node.kind !== 'link') throw diskError('EINVAL', call);
    return encodedName(node.target, options);
  },

  symlink(disk: VirtualDisk, target: string | Uint8Array | URL, path: string): void {
    const call = { syscall: 'symlink', path: String(target), dest: path };
    const place = disk.find(path, call, false);
    if (place.node) throw diskError('EEXIST', call);
    disk.attach(place, disk.newLink(target instanceof URL ? target.pathname : Buffer.from(target).toString()));
  },

  link(disk: VirtualDisk, path: string, dest: string): void {
    const call = { syscall: 'link', path, dest };
    const node = disk.nodeAt(path, call, false);
    const place = disk.find(dest, call, false);
    if (place.node) throw diskError('EEXIST', call);
    if (node.kind === 'folder') throw diskError('EPERM', call);
    disk.attach(place, node);
  },

  unlink(disk: VirtualDisk, path: string): void {
    const call = { syscall: 'unlink', path };
    const place = disk.find(path, call, false);
    if (!place.node) throw diskError('ENOENT', call);
    if (place.node.kind === 'folder') throw diskError('EISDIR', call);
    disk.detach(place);
  },

  rename(disk: VirtualDisk, path: string, dest: string): void {
    const call = { syscall: 'rename', path, dest };
    const from = disk.find(path, call, false);
    const to = disk.find(dest, call, false);
    if (!from.node) throw diskError('ENOENT', call);
    if (from.node === to.node) return;
    if (!from.name || !to.name) throw diskError('EBUSY', call);
    if (to.path.startsWith(`${from.path}/`)) throw diskError('EINVAL', call);
    const isFolder = from.node.kind === 'folder';
    if (to.node?.kind === 'folder' && !isFolder) throw diskError('EISDIR', call);
    if (to.node && to.node.kind !== 'folder' && isFolder) throw diskError('ENOTDIR', call);
    if (to.node?.kind === 'folder' && to.node.entries.size > 0) throw diskError('ENOTEMPTY', call);
    const { node } = from;
    disk.detach(to);
    disk.attach(to, node);
    disk.detach(from);
  },

  truncate(disk: VirtualDisk, path: string, size?: number | null): void {
    const call = { syscall: 'open', path };
    const node = disk.nodeAt(path, call);
    if (node.kind !== 'file') throw diskError('EISDIR', call);
    disk.resize(node, size ?? 0, { syscall: 'ftruncate' });
  },

  utimes: (disk: VirtualDisk, path: string, accessed: unknown, modified: unknown): void =>
    changeTimes(disk, disk.nodeAt(path, { syscall: 'utime', path }), timeMsOf(accessed), timeMsOf(modified)),
  lutimes: (disk: VirtualDisk, path: string, accessed: unknown, modified: unknown): void =>
    changeTimes(disk, disk.nodeAt(path, { syscall: 'lutime', path }, false), timeMsOf(accessed), timeMsOf(modified)),
  chmod: (disk: VirtualDisk, path: string, mode: unknown): void =>
    changeMode(disk, disk.nodeAt(path, { syscall: 'chmod', path }), mode),
  chown: (disk: VirtualDisk, path: string, uid: number, gid: number): void =>
    changeOwner(disk, disk.nodeAt(path, { syscall: 'chown', path }), uid, gid),
  lchown: (disk: VirtualDisk, path: string, uid: number, gid: number): void =>
    changeOwner(disk, disk.nodeAt(path, { syscall: 'lchown', path }, false), uid, gid),
} as const;

function statusOf(
  disk: VirtualDisk,
  syscall: string,
  path: string,
  followsLast: boolean,
  { bigint: isBig = false, throwIfNoEntry = true }: StatOptions = {},
): Status {
  try {
    return statsOf(disk.nodeAt(path, { syscall, path }, followsLast), isBig);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Node itself treats the two differently.
    if (!throwIfNoEntry && (code === 'ENOENT' || (code === 'ENOTDIR' && syscall === 'stat'))) return undefined;
    throw error;
  }
}

/** As in access(2): the bits bind all users but root, who may do everything except run a file that is not executable. */
function allowedTo({ mode, uid, kind }: Inode): number {
  const isRoot = process.getuid?.() === 0;
  const own = uid === process.getuid?.() ? (mode >> 6) & 7 : mode & 7;
  if (!isRoot) return own;
  return R_OK | W_OK | ((mode & 0o111) !== 0 || kind === 'folder' ? X_OK : 0);
}
