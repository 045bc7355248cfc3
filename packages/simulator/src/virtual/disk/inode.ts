/** The common fields of files, folders and links; times in epoch milliseconds. */
interface InodeBase {
  readonly ino: number;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** The number of its names. */
  links: number;
  /** Open descriptors. An inode without any, and without a name, is gone. */
  opens: number;
  atimeMs: number;
  mtimeMs: number;
  ctimeMs: number;
  readonly birthtimeMs: number;
}

export interface FileInode extends InodeBase {
  readonly kind: 'file';
  /** Usually longer than the file: it grows in steps. */
  bytes: Uint8Array;
  size: number;
}

export interface FolderInode extends InodeBase {
  readonly kind: 'folder';
  readonly entries: Map<string, Inode>;
}

export interface LinkInode extends InodeBase {
  readonly kind: 'link';
  readonly target: string;
}

export type Inode = FileInode | FolderInode | LinkInode;

/** Linux reports 4,096 bytes for a folder. */
export function sizeOf(node: Inode): number {
  if (node.kind === 'file') return node.size;
  return node.kind === 'folder' ? 4_096 : Buffer.byteLength(node.target);
}

/** The file's own bytes, not a copy. */
export function contentOf(file: FileInode): Uint8Array {
  return file.bytes.subarray(0, file.size);
}

/** New bytes are zero, as in a sparse file. */
export function setSize(file: FileInode, size: number): void {
  if (size > file.bytes.length) {
    const bytes = new Uint8Array(Math.max(size, 2 * file.bytes.length));
    bytes.set(contentOf(file));
    file.bytes = bytes;
  } else if (size < file.size) {
    file.bytes.fill(0, size, file.size);
  }
  file.size = size;
}
