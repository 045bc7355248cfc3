import { beforeEach } from '@jest/globals';
import { fileLedger } from '../../src/ledgers/file/file-ledger.ts';
import { Machine } from './mortal-files.ts';
import { temporaryFolders } from './temporary-folder.ts';

/** A process with a file ledger. It dies when the test says so; its files stay. */
export interface MortalProcess {
  readonly ledger: ReturnType<typeof fileLedger>;
  die(): void;
}

/** One folder on one machine, new for each test. */
export interface MortalDisk {
  readonly folder: string;
  readonly machine: Machine;
  /** Starts a process. @param now its clock. @default the real one */
  boot(now?: () => number): MortalProcess;
}

/** @param name part of the temporary folder's name */
export function useMortalDisk(name: string): MortalDisk {
  const newFolder = temporaryFolders(name);
  let folder: string;
  let machine: Machine;
  beforeEach(() => {
    folder = newFolder();
    machine = new Machine();
  });
  return {
    get folder() {
      return folder;
    },
    get machine() {
      return machine;
    },
    boot: (now = Date.now) => {
      const process = machine.boot();
      return { ledger: fileLedger({ folder, files: process.thread(), now }), die: process.die };
    },
  };
}
