import { Fence } from '../fence.ts';
import type { DiskCallEntry } from './disk-calls.ts';
import { diskError } from './disk-error.ts';
import { diskPath } from './disk-path.ts';
import { isVirtualDescriptor } from './open-files.ts';
import type { VirtualDisk } from './virtual-disk.ts';
import { VirtualFileHandle } from './virtual-file-handle.ts';

/** The call on the disk of the environment that runs this code, to be made now or later; undefined for a real file. */
export function routed(
  entry: DiskCallEntry,
  args: readonly unknown[],
): (<T = unknown>(run?: (disk: VirtualDisk, ...args: unknown[]) => T) => T) | undefined {
  const fence = Fence.current();
  const disk = fence?.process?.disk;
  if (!fence || !disk) return undefined;
  const own = argumentsOnDisk(entry, args);
  if (!own) return undefined;
  return (run = entry.run as never) => {
    // A dead process must not write.
    if (fence.ended) throw new Error('the environment has ended');
    return run(disk, ...own);
  };
}

function argumentsOnDisk({ name, subject }: DiskCallEntry, args: readonly unknown[]): unknown[] | undefined {
  const [first, second, ...rest] = args;
  if (subject === 'descriptor') return isVirtualDescriptor(first) ? [...args] : undefined;
  if (subject === 'second') {
    const path = diskPath(second);
    return path === undefined ? undefined : [first, path, ...rest];
  }
  if (subject === 'copy' || subject === 'move') {
    const [from, to] = [diskPath(first), diskPath(second)];
    if (from === undefined && to === undefined) return undefined;
    const isAcross = from === undefined || to === undefined;
    if (isAcross && subject === 'move') {
      throw diskError('EXDEV', { syscall: name, path: String(first), dest: String(second) });
    }
    return [from ?? first, to ?? second, ...rest];
  }
  const place = subject === 'file' ? fileOf(first) : subject === 'prefix' ? prefixOf(first) : diskPath(first);
  return place === undefined ? undefined : [place, ...args.slice(1)];
}

function fileOf(file: unknown): number | string | undefined {
  if (file instanceof VirtualFileHandle) return file.fd;
  return isVirtualDescriptor(file) ? file : diskPath(file);
}

/** A prefix may end in a slash, which a path would lose. */
function prefixOf(prefix: unknown): string | undefined {
  const end = 'X';
  return typeof prefix === 'string' ? diskPath(prefix + end)?.slice(0, -end.length) : undefined;
}
