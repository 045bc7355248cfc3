import type { BigIntStats, Stats } from 'node:fs';
import { bytesOf, timeMsOf } from './call-arguments.ts';
import { diskError } from './disk-error.ts';
import { changeMode, changeOwner, changeTimes } from './inode-changes.ts';
import { statsOf } from './inode-stats.ts';
import type { VirtualDisk } from './virtual-disk.ts';

/** A range of a buffer and a position in a file; Node also takes them as one object. */
interface Range {
  readonly offset?: number | null;
  readonly length?: number | null;
  readonly position?: number | bigint | null;
}

/** The `fs.*Sync` calls for an open file, by the name without `Sync`. */
export const descriptorCalls = {
  close: (disk: VirtualDisk, fd: number): void => disk.open.close(fd),
  fsync: (disk: VirtualDisk, fd: number): void => void disk.open.nodeOf(fd, 'fsync'),
  fdatasync: (disk: VirtualDisk, fd: number): void => void disk.open.nodeOf(fd, 'fdatasync'),
  fstat: (disk: VirtualDisk, fd: number, options?: { readonly bigint?: boolean }): Stats | BigIntStats =>
    statsOf(disk.open.nodeOf(fd, 'fstat'), options?.bigint ?? false),
  ftruncate: (disk: VirtualDisk, fd: number, size?: number | null): void => disk.open.truncate(fd, size ?? 0),
  futimes: (disk: VirtualDisk, fd: number, accessed: unknown, modified: unknown): void =>
    changeTimes(disk, disk.open.nodeOf(fd, 'futime'), timeMsOf(accessed), timeMsOf(modified)),
  fchmod: (disk: VirtualDisk, fd: number, mode: unknown): void =>
    changeMode(disk, disk.open.nodeOf(fd, 'fchmod'), mode),
  fchown: (disk: VirtualDisk, fd: number, uid: number, gid: number): void =>
    changeOwner(disk, disk.open.nodeOf(fd, 'fchown'), uid, gid),

  read(disk: VirtualDisk, fd: number, buffer: ArrayBufferView, ...where: unknown[]): number {
    const { offset, length, position } = rangeOf(where);
    const bytes = bytesOf(buffer, undefined);
    const from = offset ?? 0;
    return disk.open.read(fd, bytes.subarray(from, from + (length ?? bytes.length - from)), positionOf(position));
  },

  write(disk: VirtualDisk, fd: number, data: unknown, ...where: unknown[]): number {
    if (typeof data === 'string') {
      const [position, encoding] = where as [number?, string?];
      return disk.open.write(fd, bytesOf(data, encoding), positionOf(position));
    }
    const { offset, length, position } = rangeOf(where);
    const bytes = bytesOf(data, undefined);
    const from = offset ?? 0;
    return disk.open.write(fd, bytes.subarray(from, from + (length ?? bytes.length - from)), positionOf(position));
  },

  readv(disk: VirtualDisk, fd: number, buffers: readonly ArrayBufferView[], position?: number | null): number {
    let sum = 0;
    for (const buffer of buffers) {
      const read = disk.open.read(fd, bytesOf(buffer, undefined), behind(position, sum));
      sum += read;
      if (read < buffer.byteLength) break;
    }
    return sum;
  },

  writev(disk: VirtualDisk, fd: number, buffers: readonly ArrayBufferView[], position?: number | null): number {
    let sum = 0;
    for (const buffer of buffers) sum += disk.open.write(fd, bytesOf(buffer, undefined), behind(position, sum));
    return sum;
  },
} as const;

function rangeOf(where: readonly unknown[]): Range {
  if (typeof where[0] === 'object' && where[0] !== null) return where[0];
  const [offset, length, position] = where as [number?, number?, (number | bigint | null)?];
  return { offset: offset ?? null, length: length ?? null, position: position ?? null };
}

/** Node takes -1 for no position. */
function positionOf(position: number | bigint | null | undefined): number | undefined {
  if (position === null || position === undefined) return undefined;
  const at = Number(position);
  if (Number.isNaN(at)) throw diskError('EINVAL', { syscall: 'read' });
  return at < 0 ? undefined : at;
}

function behind(position: number | null | undefined, bytes: number): number | undefined {
  const at = positionOf(position);
  return at === undefined ? undefined : at + bytes;
}
