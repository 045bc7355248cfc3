import type { Inode } from './inode.ts';
import type { VirtualDisk } from './virtual-disk.ts';

export function changeTimes(disk: VirtualDisk, node: Inode, atimeMs: number, mtimeMs: number): void {
  Object.assign(node, { atimeMs, mtimeMs, ctimeMs: disk.date() });
}

/** @param mode a number, or octal digits */
export function changeMode(disk: VirtualDisk, node: Inode, mode: unknown): void {
  const bits = typeof mode === 'string' ? Number.parseInt(mode, 8) : Number(mode);
  Object.assign(node, { mode: bits & 0o7777, ctimeMs: disk.date() });
}

export function changeOwner(disk: VirtualDisk, node: Inode, uid: number, gid: number): void {
  Object.assign(node, { uid, gid, ctimeMs: disk.date() });
}
