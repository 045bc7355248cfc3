import fs from 'node:fs';
import { type Inode, sizeOf } from './inode.ts';

const { S_IFREG, S_IFDIR, S_IFLNK } = fs.constants;
/** The same in every version of libuv, but missing in Node's types. */
const { UV_DIRENT_FILE = 1, UV_DIRENT_DIR = 2, UV_DIRENT_LINK = 3 } = fs.constants as Readonly<Record<string, number>>;
const fileTypes = { file: S_IFREG, folder: S_IFDIR, link: S_IFLNK } as const;
const entryTypes = { file: UV_DIRENT_FILE, folder: UV_DIRENT_DIR, link: UV_DIRENT_LINK } as const;

const blockBytes = 512;
const bigPrototype = Object.getPrototypeOf(fs.statSync('/', { bigint: true })) as object;

/** The answer of `fs.stat` for an inode. */
export function statsOf(node: Inode, isBig: boolean): fs.Stats | fs.BigIntStats {
  const { mode, links, uid, gid, ino, atimeMs, mtimeMs, ctimeMs, birthtimeMs } = node;
  const size = sizeOf(node);
  const times = { atimeMs, mtimeMs, ctimeMs, birthtimeMs };
  const numbers = {
    dev: 2_049,
    mode: mode | fileTypes[node.kind],
    nlink: links,
    uid,
    gid,
    rdev: 0,
    blksize: 4_096,
    ino,
    size,
    blocks: Math.ceil(size / blockBytes),
  };
  // Node has no public constructor for it.
  if (!isBig) return Object.assign(Object.create(fs.Stats.prototype), numbers, times);
  const big = Object.entries(numbers).map(([name, value]) => [name, BigInt(value)]);
  const bigTimes = Object.entries(times).flatMap(([name, ms]) => [
    [name, BigInt(Math.floor(ms))],
    [name.replace('Ms', 'Ns'), BigInt(Math.round(ms * 1e6))],
  ]);
  return Object.assign(Object.create(bigPrototype), Object.fromEntries([...big, ...bigTimes]));
}

/** The answer of `fs.readdir` for a name, with `withFileTypes`. */
export function direntOf(name: string, node: Inode, folder: string): fs.Dirent {
  const Dirent = fs.Dirent as unknown as new (name: string, type: number, folder: string) => fs.Dirent;
  return new Dirent(name, entryTypes[node.kind], folder);
}
