import { posix } from 'node:path';
import { type DiskCall, diskError } from './disk-error.ts';
import { diskRoot } from './disk-path.ts';
import { type FileInode, type FolderInode, type Inode, type LinkInode, setSize } from './inode.ts';
import { OpenFiles } from './open-files.ts';

/** Documented: `/tmp` holds 512 MB unless configured. https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html */
const defaultMaxBytes = 512 * 1_024 * 1_024;

/** Linux's limits. */
const maxLinks = 40;
const maxNameBytes = 255;

/** The end of a path: the folder, the name in it, and the inode of that name. */
export interface Place {
  /** With all links resolved. */
  readonly path: string;
  readonly parent: FolderInode;
  /** Empty for the root. */
  readonly name: string;
  readonly node: Inode | undefined;
}

export interface VirtualDiskOptions {
  /** Epoch milliseconds. */
  readonly date: () => number;
  /** The size of the disk. @default 536_870_912 */
  readonly maxBytes?: number;
}

/** The disk of one execution environment, in memory: the tree below `/tmp`, its size, its open files. */
export class VirtualDisk {
  readonly date: () => number;
  readonly open: OpenFiles = new OpenFiles(this);
  readonly maxBytes: number;
  readonly #root: FolderInode;
  #bytesUsed = 0;
  #inodes = 1;

  constructor({ date, maxBytes = defaultMaxBytes }: VirtualDiskOptions) {
    this.date = date;
    this.maxBytes = maxBytes;
    this.#root = this.newFolder(0o777);
    this.#root.links = 1;
  }

  get bytesUsed(): number {
    return this.#bytesUsed;
  }

  newFile(mode: number): FileInode {
    return { kind: 'file', bytes: new Uint8Array(), size: 0, ...this.#newInode(mode) };
  }

  newFolder(mode: number): FolderInode {
    return { kind: 'folder', entries: new Map(), ...this.#newInode(mode) };
  }

  newLink(target: string): LinkInode {
    return { kind: 'link', target, ...this.#newInode(0o777) };
  }

  /** @throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG for the folders on the way; a missing last name is no error */
  find(path: string, call: DiskCall, followsLast = true): Place {
    return this.#walk(path, call, followsLast, maxLinks);
  }

  /** @throws ENOENT, and the errors of `find` */
  nodeAt(path: string, call: DiskCall, followsLast = true): Inode {
    const { node } = this.find(path, call, followsLast);
    if (!node) throw diskError('ENOENT', call);
    return node;
  }

  attach({ parent, name }: Place, node: Inode): void {
    parent.entries.set(name, node);
    node.links++;
    this.#changed(parent);
  }

  detach({ parent, name, node }: Place): void {
    if (!node) return;
    parent.entries.delete(name);
    node.links--;
    node.ctimeMs = this.date();
    this.#changed(parent);
    this.release(node);
  }

  /** Frees the bytes of a file that has no name and no open descriptor. */
  release(node: Inode): void {
    if (node.kind !== 'file' || node.links > 0 || node.opens > 0) return;
    this.#bytesUsed -= node.size;
    setSize(node, 0);
    node.bytes = new Uint8Array();
  }

  /** @throws ENOSPC beyond the size of the disk */
  resize(file: FileInode, size: number, call: DiskCall): void {
    const bytesUsed = this.#bytesUsed - file.size + size;
    if (size > file.size && bytesUsed > this.maxBytes) throw diskError('ENOSPC', call);
    this.#bytesUsed = bytesUsed;
    setSize(file, size);
    this.#changed(file);
  }

  /** Sets the times of a changed content. */
  #changed(node: Inode): void {
    node.mtimeMs = this.date();
    node.ctimeMs = node.mtimeMs;
  }

  #newInode(mode: number) {
    const now = this.date();
    const times = { atimeMs: now, mtimeMs: now, ctimeMs: now, birthtimeMs: now };
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    return { ino: ++this.#inodes, mode, links: 0, opens: 0, ...owner, ...times };
  }

  #walk(path: string, call: DiskCall, followsLast: boolean, linksLeft: number): Place {
    const names = path.split('/').slice(2);
    let parent = this.#root;
    let here: string = diskRoot;
    for (const [index, name] of names.entries()) {
      if (Buffer.byteLength(name) > maxNameBytes) throw diskError('ENAMETOOLONG', call);
      const isLast = index === names.length - 1;
      const node = parent.entries.get(name);
      if (node?.kind === 'link' && (!isLast || followsLast)) {
        const next = posix.join(posix.resolve(here, node.target), ...names.slice(index + 1));
        if (linksLeft === 0) throw diskError('ELOOP', call);
        // A link to another disk is not followed.
        if (next !== diskRoot && !next.startsWith(`${diskRoot}/`)) throw diskError('ENOENT', call);
        return this.#walk(next, call, followsLast, linksLeft - 1);
      }
      const inside = posix.join(here, name);
      if (isLast) return { path: inside, parent, name, node };
      if (!node) throw diskError('ENOENT', call);
      if (node.kind !== 'folder') throw diskError('ENOTDIR', call);
      parent = node;
      here = inside;
    }
    return { path: diskRoot, parent, name: '', node: this.#root };
  }
}
