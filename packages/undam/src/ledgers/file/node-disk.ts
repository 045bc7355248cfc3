import type { BigIntStats, Stats } from 'node:fs';
import { Map, Set } from '../../base/intrinsics.ts';
import type { FileAccess, FileState, OpenFile, Writer } from './disk.ts';

// Node has loaded both at start-up; an `import` would run every getter of `node:fs`, loading its streams and promises.
const fs = process.getBuiltinModule('node:fs');
const { dirname } = process.getBuiltinModule('node:path');
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDWR } = fs.constants;

const flags = { new: O_RDWR | O_CREAT | O_EXCL, append: O_RDWR | O_CREAT | O_APPEND, old: O_RDWR } as const;

/** This machine's disk, through `node:fs`. */
export const nodeFiles: FileAccess = {
  get self() {
    return self();
  },

  makeFolder(path) {
    makeFolders(path);
    demandOwnFolder(path);
  },

  names(folder) {
    if (statsOf(folder) === undefined) return [];
    demandOwnFolder(folder);
    return fs.readdirSync(folder);
  },

  look(path) {
    const stats = statsOf(path);
    return stats && stateOf(stats);
  },

  open(path: string, how: keyof typeof flags): NodeFile {
    try {
      return new NodeFile(path, flags[how]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((how === 'new' && code === 'EEXIST') || (how === 'old' && code === 'ENOENT')) return undefined as never;
      throw error;
    }
  },

  rename: (from, to) => fs.renameSync(from, to),

  remove: (path) => fs.rmSync(path, { force: true }),

  held(files) {
    const opened = new Map<number, ReadonlySet<string> | undefined>();
    const held = new Set<string>();
    for (const { path, writer } of files) {
      const { pid } = writer;
      if (!lives(writer)) continue;
      if (!opened.has(pid)) opened.set(pid, openFilesOf(pid));
      const stats = statsOf(path);
      if (stats !== undefined && opened.get(pid)?.has(identityOf(stats)) !== false) held.add(path);
    }
    return held;
  },

  pause: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1),
};

/** Not Node's `recursive`: it loops forever where `mkdir` answers ENOENT below an existing folder, as in `/proc`. */
function makeFolders(path: string): void {
  if (statsOf(path) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path && !fs.existsSync(parent)) makeFolders(parent);
  try {
    fs.mkdirSync(path, 0o700);
  } catch (error) {
    // Another thread may have created it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** For short texts: one call encodes and measures, faster than a new buffer. */
const scratch = Buffer.alloc(16_384);

/** UTF-8 bytes per code unit of a string. */
const maxBytesPerUnit = 3;

class NodeFile implements OpenFile {
  readonly #fd: number;

  constructor(path: string, flags: number) {
    this.#fd = fs.openSync(path, flags | O_NOFOLLOW, 0o600);
    try {
      const stats = fs.fstatSync(this.#fd);
      if (!stats.isFile()) throw new Error(`${path} is not a file`);
      demandOwn(path, stats);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  state(): FileState {
    return stateOf(fs.fstatSync(this.#fd, { bigint: true }));
  }

  read(from: number): string {
    const bytes = Buffer.alloc(Math.max(0, fs.fstatSync(this.#fd).size - from));
    let length = 0;
    while (length < bytes.length) {
      const read = fs.readSync(this.#fd, bytes, length, bytes.length - length, from + length);
      if (read === 0) break;
      length += read;
    }
    return bytes.toString('utf8', 0, length);
  }

  write(text: string, position: number): number {
    const isShort = text.length * maxBytesPerUnit <= scratch.length;
    const bytes = isShort ? scratch : Buffer.from(text);
    const length = isShort ? scratch.write(text) : bytes.length;
    const written = fs.writeSync(this.#fd, bytes, 0, length, position);
    if (written < length) throw new Error(`the disk took ${written} of ${length} bytes: it is full`);
    return written;
  }

  truncate(bytes: number): void {
    fs.ftruncateSync(this.#fd, bytes);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

let writer: Writer | undefined;

function self(): Writer {
  writer ??= { pid: process.pid, boot: bootNonce(), thread: threadNumber() };
  return writer;
}

/** The process's start, the same in all of its threads. On Linux from `/proc`: `performance` takes a millisecond to load. */
function bootNonce(): string {
  return bootNonceOfLinux() ?? Math.round(performance.timeOrigin * 1_000).toString();
}

/** The machine's boot id and the process's start in ticks since then. */
function bootNonceOfLinux(): string | undefined {
  try {
    const machine = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const stat = fs.readFileSync('/proc/self/stat', 'utf8');
    // Field 22, which is the 20th after the name; the name may contain anything.
    // https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const ticks = stat.slice(stat.lastIndexOf(')')).split(' ')[20];
    const nonce = `${Number.parseInt(machine, 16)}${ticks}`;
    return /^\d+$/.test(nonce) ? nonce : undefined;
  } catch {
    return undefined;
  }
}

/** The kernel's id of this thread, because `node:worker_threads` takes milliseconds to load; 0 if unknown. */
function threadNumber(): number {
  try {
    return Number(/\d+$/.exec(fs.readlinkSync('/proc/thread-self'))?.[0] ?? 0);
  } catch {
    return 0;
  }
}

/** False only if the process or thread is certainly gone. */
function lives({ pid, boot, thread }: Writer): boolean {
  if (pid === process.pid && boot !== self().boot) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return thread === 0 || !fs.existsSync(`/proc/${pid}/task`) || fs.existsSync(`/proc/${pid}/task/${thread}`);
}

/** `undefined` if unreadable: not on Linux, or for a hidden process. */
function openFilesOf(pid: number): ReadonlySet<string> | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    const identities = new Set<string>();
    for (const fd of fs.readdirSync(folder)) {
      // Files closed since the listing are gone.
      const stats = fs.statSync(`${folder}/${fd}`, { bigint: true, throwIfNoEntry: false });
      if (stats !== undefined) identities.add(identityOf(stats));
    }
    return identities;
  } catch {
    return undefined;
  }
}

function statsOf(path: string): BigIntStats | undefined {
  return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false });
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function stateOf({ ino, size, mtimeMs }: BigIntStats): FileState {
  return { inode: ino, bytes: Number(size), modifiedAt: Number(mtimeMs) };
}

function demandOwnFolder(path: string): void {
  const stats = fs.lstatSync(path);
  if (!stats.isDirectory()) throw new Error(`${path} is not a folder${stats.isSymbolicLink() ? ' but a link' : ''}`);
  demandOwn(path, stats);
  if (process.getuid !== undefined && (stats.mode & 0o022) !== 0) throw new Error(`other users can write to ${path}`);
}

function demandOwn(path: string, { uid }: Stats): void {
  if (process.getuid !== undefined && uid !== process.getuid()) throw new Error(`${path} belongs to another user`);
}
