import fs from 'node:fs';
import { join } from 'node:path';
import { bytesOf, type EncodingOption, encodingOf, modeOf } from './call-arguments.ts';
import { diskError } from './disk-error.ts';
import type { VirtualDisk } from './virtual-disk.ts';

type ContentOptions =
  | string
  | null
  | { readonly encoding?: string | null; readonly flag?: string; readonly mode?: unknown };

interface CopyOptions {
  readonly recursive?: boolean;
  readonly force?: boolean;
  readonly errorOnExist?: boolean;
  readonly filter?: (from: string, to: string) => unknown;
}

/** The `fs.*Sync` calls for file content, by the name without `Sync`; paths as `/tmp/…`. */
export const contentCalls = {
  open: (disk: VirtualDisk, path: string, flags?: number | string | null, mode?: unknown): number =>
    disk.open.open(path, flags ?? 'r', modeOf(mode, 0o666)),

  readFile: (disk: VirtualDisk, file: string | number, options?: ContentOptions): string | Buffer => {
    const bytes = withFile(disk, file, options, 'r', (fd) => Buffer.from(disk.open.rest(fd).buffer));
    const encoding = encodingOf(options as EncodingOption);
    return encoding && encoding !== 'buffer' ? bytes.toString(encoding as BufferEncoding) : bytes;
  },

  writeFile: (disk: VirtualDisk, file: string | number, data: unknown, options?: ContentOptions): void =>
    writeAll(disk, file, data, options, 'w'),
  appendFile: (disk: VirtualDisk, file: string | number, data: unknown, options?: ContentOptions): void =>
    writeAll(disk, file, data, options, 'a'),

  /** One of the two may be on another disk. */
  copyFile(_: VirtualDisk, path: string, dest: string, mode = 0): void {
    const isExclusive = (mode & fs.constants.COPYFILE_EXCL) !== 0;
    if (isExclusive && fs.existsSync(dest)) throw diskError('EEXIST', { syscall: 'copyfile', path, dest });
    const bytes = fs.readFileSync(path);
    fs.writeFileSync(dest, bytes, { mode: fs.statSync(path).mode & 0o777 });
  },

  cp(_: VirtualDisk, path: string, dest: string, options: CopyOptions = {}): void {
    copyTree(path, dest, options);
  },
} as const;

function writeAll(
  disk: VirtualDisk,
  file: string | number,
  data: unknown,
  options: ContentOptions | undefined,
  flag: string,
): void {
  const bytes = bytesOf(data, encodingOf(options as EncodingOption));
  withFile(disk, file, options, flag, (fd) => disk.open.write(fd, bytes, undefined));
}

function withFile<T>(
  disk: VirtualDisk,
  file: string | number,
  options: ContentOptions | undefined,
  flag: string,
  act: (fd: number) => T,
): T {
  if (typeof file === 'number') return act(file);
  const given = Object(options) as { readonly flag?: string; readonly mode?: unknown };
  const fd = disk.open.open(file, given.flag ?? flag, modeOf(given.mode, 0o666));
  try {
    return act(fd);
  } finally {
    disk.open.close(fd);
  }
}

/** Uses `node:fs` itself, which routes each path to its disk. */
function copyTree(path: string, dest: string, options: CopyOptions): void {
  const { recursive = false, force = true, errorOnExist = false, filter } = options;
  if (filter && !filter(path, dest)) return;
  const stats = fs.lstatSync(path);
  if (stats.isDirectory()) {
    if (!recursive) throw diskError('EISDIR', { syscall: 'cp', path });
    fs.mkdirSync(dest, { recursive: true });
    for (const name of fs.readdirSync(path)) copyTree(join(path, name), join(dest, name), options);
    return;
  }
  if (fs.existsSync(dest)) {
    if (!force && errorOnExist) throw diskError('EEXIST', { syscall: 'cp', path: dest });
    if (!force) return;
    fs.rmSync(dest);
  }
  if (stats.isSymbolicLink()) fs.symlinkSync(fs.readlinkSync(path), dest);
  else fs.copyFileSync(path, dest);
}
