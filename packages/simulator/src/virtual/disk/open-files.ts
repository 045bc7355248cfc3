import { type DiskCall, diskError } from './disk-error.ts';
import { contentOf, type FileInode, type Inode } from './inode.ts';
import { type OpenFlags, openFlags } from './open-flags.ts';
import type { VirtualDisk } from './virtual-disk.ts';

/** Above the kernel's range: a real descriptor is smaller. */
const firstDescriptor = 2 ** 30;

/** Shared by all disks of this thread, so that a descriptor belongs to one disk. */
let descriptors = firstDescriptor;

export function isVirtualDescriptor(fd: unknown): fd is number {
  return typeof fd === 'number' && fd >= firstDescriptor;
}

interface OpenFile {
  readonly node: Inode;
  readonly flags: OpenFlags;
  position: number;
}

/** The open files of an environment's processes. */
export class OpenFiles {
  readonly #disk: VirtualDisk;
  readonly #open = new Map<number, OpenFile>();

  constructor(disk: VirtualDisk) {
    this.#disk = disk;
  }

  open(path: string, given: number | string, mode: number): number {
    const call = { syscall: 'open', path };
    const flags = openFlags(given);
    const node = this.#nodeFor(path, flags, mode, call);
    if (node.kind === 'link') throw diskError('ELOOP', call);
    if (node.kind === 'folder' && (flags.writes || flags.creates)) throw diskError('EISDIR', call);
    if (node.kind !== 'folder' && flags.wantsFolder) throw diskError('ENOTDIR', call);
    if (node.kind === 'file' && flags.truncates && flags.writes) this.#disk.resize(node, 0, call);
    node.opens++;
    const fd = descriptors++;
    this.#open.set(fd, { node, flags, position: 0 });
    return fd;
  }

  close(fd: number): void {
    const { node } = this.#of(fd, 'close');
    this.#open.delete(fd);
    node.opens--;
    this.#disk.release(node);
  }

  /** Called at the end of a process. */
  closeAll(): void {
    for (const fd of [...this.#open.keys()]) this.close(fd);
  }

  nodeOf(fd: number, syscall: string): Inode {
    return this.#of(fd, syscall).node;
  }

  /** Reads into `bytes`, from a position or from the end of the last read or write; answers the number of bytes. */
  read(fd: number, bytes: Uint8Array, position: number | undefined): number {
    const opened = this.#of(fd, 'read');
    if (!opened.flags.reads) throw diskError('EBADF', { syscall: 'read' });
    const from = position ?? opened.position;
    const content = contentOf(fileOf(opened, 'read')).subarray(from, from + bytes.length);
    bytes.set(content);
    if (position === undefined) opened.position += content.length;
    return content.length;
  }

  /** Writes at a position or at the end of the last read or write; a file opened to append, at its end. */
  write(fd: number, bytes: Uint8Array, position: number | undefined): number {
    const call = { syscall: 'write' };
    const opened = this.#of(fd, 'write');
    if (!opened.flags.writes) throw diskError('EBADF', call);
    const file = fileOf(opened, 'write');
    if (bytes.length === 0) return 0;
    const from = opened.flags.appends ? file.size : (position ?? opened.position);
    this.#disk.resize(file, Math.max(file.size, from + bytes.length), call);
    file.bytes.set(bytes, from);
    if (position === undefined) opened.position = from + bytes.length;
    return bytes.length;
  }

  truncate(fd: number, size: number): void {
    const opened = this.#of(fd, 'ftruncate');
    if (!opened.flags.writes || opened.node.kind !== 'file') throw diskError('EINVAL', { syscall: 'ftruncate' });
    this.#disk.resize(opened.node, size, { syscall: 'ftruncate' });
  }

  /** The bytes from the end of the last read or write on. */
  rest(fd: number): Uint8Array {
    const opened = this.#of(fd, 'read');
    const bytes = new Uint8Array(Math.max(0, fileOf(opened, 'read').size - opened.position));
    this.read(fd, bytes, undefined);
    return bytes;
  }

  #nodeFor(path: string, flags: OpenFlags, mode: number, call: DiskCall): Inode {
    const place = this.#disk.find(path, call, flags.followsLink);
    if (place.node) {
      if (flags.creates && flags.isExclusive) throw diskError('EEXIST', call);
      return place.node;
    }
    if (!flags.creates) throw diskError('ENOENT', call);
    const file = this.#disk.newFile(mode);
    this.#disk.attach(place, file);
    return file;
  }

  #of(fd: number, syscall: string): OpenFile {
    const opened = this.#open.get(fd);
    if (!opened) throw diskError('EBADF', { syscall });
    return opened;
  }
}

function fileOf({ node }: OpenFile, syscall: string): FileInode {
  if (node.kind !== 'file') throw diskError('EISDIR', { syscall });
  return node;
}
