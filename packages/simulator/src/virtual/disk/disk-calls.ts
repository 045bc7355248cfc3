import { contentCalls } from './content-calls.ts';
import { descriptorCalls } from './descriptor-calls.ts';
import { folderCalls } from './folder-calls.ts';
import { nameCalls } from './name-calls.ts';
import type { VirtualDisk } from './virtual-disk.ts';

export type DiskFunction = (disk: VirtualDisk, ...args: unknown[]) => unknown;

/** Where a call of `node:fs` says which file it means. */
export type Subject =
  /** The first argument is a path. */
  | 'path'
  /** It is an open file. */
  | 'descriptor'
  /** It is either of them. */
  | 'file'
  /** The first two are paths, which may lie on different disks. */
  | 'copy'
  /** The first two are paths of one disk. */
  | 'move'
  /** The second is a path, and the first goes as it is. */
  | 'second'
  /** The first is what the path begins with. */
  | 'prefix';

export interface DiskCallEntry {
  readonly name: string;
  readonly subject: Subject;
  readonly run: DiskFunction;
}

const exceptions: Readonly<Record<string, Subject>> = {
  readFile: 'file',
  writeFile: 'file',
  appendFile: 'file',
  truncate: 'file',
  copyFile: 'copy',
  cp: 'copy',
  rename: 'move',
  link: 'move',
  symlink: 'second',
  mkdtemp: 'prefix',
};

/** Every call of `node:fs` that the environment's disk answers, by the name without `Sync`. */
export const diskCalls: readonly DiskCallEntry[] = [
  ...entriesOf(descriptorCalls, 'descriptor'),
  ...entriesOf({ ...nameCalls, ...folderCalls, ...contentCalls }, 'path'),
];

function entriesOf(calls: object, subject: Subject): DiskCallEntry[] {
  return Object.entries(calls).map(([name, run]: [string, DiskFunction]) => ({
    name,
    subject: exceptions[name] ?? subject,
    run,
  }));
}
