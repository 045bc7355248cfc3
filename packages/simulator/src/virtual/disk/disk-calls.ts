import { contentCalls } from './content-calls.ts';
import { descriptorCalls } from './descriptor-calls.ts';
import { folderCalls } from './folder-calls.ts';
import { nameCalls } from './name-calls.ts';
import type { VirtualDisk } from './virtual-disk.ts';

export type DiskFunction = (disk: VirtualDisk, ...args: unknown[]) => unknown;

/** How a call of `node:fs` names its file. */
export type Subject =
  /** The first argument is a path. */
  | 'path'
  /** The first argument is an open file. */
  | 'descriptor'
  /** The first argument is a path or an open file. */
  | 'file'
  /** The first two arguments are paths, perhaps on different disks. */
  | 'copy'
  /** The first two arguments are paths on one disk. */
  | 'move'
  /** The second argument is a path; the first is passed as it is. */
  | 'second'
  /** The first argument is the beginning of a path. */
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

/** The calls of `node:fs` that the environment's disk answers, by the name without `Sync`. */
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
