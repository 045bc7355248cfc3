import { isUndamError, UndamError } from '../../base/errors.ts';
import { Map, Promise } from '../../base/intrinsics.ts';
import { aFunction, checkOptions, integer, objectWith, text } from '../../base/options.ts';
import { wordsOf } from '../../base/problem.ts';
import { sha256 } from '../../base/sha256.ts';
import { answeredMs, type Changes, nameOf, recalledOf } from '../entry.ts';
import type { Ledger, LedgerKey } from '../ledger.ts';
import type { FileAccess } from './disk.ts';
import { type FileFolder, fileFolder } from './folder.ts';
import { type FileLog, fileLog } from './log.ts';
import { type MarksFiles, marksFiles } from './marks-file.ts';
import { nodeFiles } from './node-disk.ts';
import { recover } from './recover-files.ts';

const { resolve } = process.getBuiltinModule('node:path');

/** Options of {@link fileLedger}. */
export interface FileLedgerOptions {
  /**
   * A folder that no other machine or container shares. The ledger creates it at its first write, accessible to its owner only.
   *
   * @default `undam` in the system's folder for temporary files
   */
  readonly folder?: string;
  /** Milliseconds, 1 to 31,536,000,000, until a memory without a later write is forgotten. @default 86_400_000 */
  readonly expiresAfterMs?: number;
  /**
   * Maximum bytes of all logs together, 65,536 to 1,073,741,824. A single log, and the marks of a single invocation, get a
   * sixteenth. Beyond it the ledger forgets the shard written least recently; within a single log the finished records first,
   * then the oldest. Forgotten records run again, or start counting anew.
   *
   * @default 67_108_864
   */
  readonly maxBytes?: number;
  /** The clock, in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** The disk. @default this machine's */
  readonly files?: FileAccess;
}

/** The state of the ledger's folder, apart from its own marks. */
interface View {
  /** The time of the last creation or removal in the folder; `undefined` if it does not exist. */
  readonly changedAt: number | undefined;
  readonly hasLogs: boolean;
  readonly hasDeath: boolean;
}

const fileShares = 16;

/** A tick of FAT's clock, the coarsest of all disks, in milliseconds. */
const clockTickMs = 2_000;

const probeKey: LedgerKey = { functionArn: 'undam-check', eventSourceArn: '', shardId: undefined };

const thisTurn = Promise.resolve();

/**
 * A ledger on the local disk: it survives the process and tells the next one which records were running. In Lambda it lasts as
 * long as the execution environment. An invocation without failures costs it tens of microseconds.
 *
 * A disk that is full, read-only or owned by another user costs the memory, never a record.
 *
 * @throws UndamError `bad-option`. Its calls throw `ledger-unusable` if the disk refuses, and `entry-unreadable` once for each
 *   entry that cannot be read
 */
export function fileLedger(options: FileLedgerOptions = {}): Ledger & Required<Pick<Ledger, 'mark'>> {
  checkOptions('fileLedger()', options, {
    folder: text,
    expiresAfterMs: integer(1, 31_536_000_000),
    maxBytes: integer(65_536, 1_073_741_824),
    now: aFunction,
    files: objectWith('makeFolder', 'names', 'look', 'open', 'rename', 'remove', 'held', 'pause'),
  });
  const { files = nodeFiles, now = Date.now, expiresAfterMs = 86_400_000, maxBytes = 67_108_864 } = options;
  const maxFileBytes = Math.floor(maxBytes / fileShares);
  const path = options.folder === undefined ? undefined : resolve(options.folder);
  let disk: Disk | undefined;
  /** The folder's state, valid until the folder changes; `undefined` if changes could go unnoticed. */
  let view: View | undefined;
  let hasLooked = false;
  /** No death noted here, as seen in this turn of the event loop. Later turns must look again: other threads may note one. */
  let isCalm = false;
  const turnEnded = (): void => {
    isCalm = false;
  };

  function onDisk<T>(act: (disk: Disk) => T): T {
    disk ??= diskAt(files, path ?? defaultFolder(), maxFileBytes);
    try {
      return act(disk);
    } catch (error) {
      if (isUndamError(error)) throw error;
      throw new UndamError(
        'ledger-unusable',
        `fileLedger() cannot use ${disk.folder.path} (${(error as Error).message}): expected a folder of this process's user, on a disk with free space; until then nothing is remembered`,
        { cause: error },
      );
    }
  }

  /**
   * Recovers the marks of dead processes before Lambda delivers their batches again, to this thread or another. Unless other
   * writers' marks exist, it reads the disk only after a change of the folder.
   */
  function look(disk: Disk): View {
    const { folder, marks } = disk;
    if (!hasLooked) {
      if (folder.exists()) makeRoom(disk);
      hasLooked = true;
    }
    const changedAt = folder.changedAt();
    if (view !== undefined && view.changedAt === changedAt) return view;
    view = undefined;
    marks.forgetRemoved();
    const hasNeighbours = changedAt !== undefined && recoverDead(disk);
    const seen = { changedAt, hasLogs: folder.hasLogs(), hasDeath: folder.hasDeath() };
    // More changes may share the clock's tick. A folder that does not exist may be created and removed unnoticed.
    const isSure = changedAt !== undefined && changedAt < now() - clockTickMs;
    if (isSure && !hasNeighbours) view = seen;
    return seen;
  }

  /** Returns true if marks of other live writers remain. */
  function recoverDead(disk: Disk): boolean {
    return recover({
      files,
      folder: disk.folder.path,
      owns: disk.marks.owns,
      died: () => noteDeath(disk),
      // `abs`: the clock may have been set back since.
      isPast: (answeredAt) => Math.abs(now() - answeredAt) > answeredMs,
      remember: (key, changes) => write(disk, key, changes),
    });
  }

  function noteDeath({ folder }: Disk): void {
    view = undefined;
    isCalm = false;
    folder.noteDeath(now());
  }

  function write(disk: Disk, key: LedgerKey, changes: Changes): void {
    view = undefined;
    disk.folder.makeLogs();
    const log = logOf(disk, key);
    const isFirst = !log.exists();
    log.remember(changes);
    if (isFirst) makeRoom(disk);
  }

  function makeRoom({ folder }: Disk): void {
    folder.makeRoom(maxBytes, now(), expiresAfterMs);
  }

  function logOf({ folder }: Disk, key: LedgerKey): FileLog {
    return fileLog(files, folder.logOf(sha256(nameOf(key))), { now, expiresAfterMs, maxBytes: maxFileBytes });
  }

  const mark: NonNullable<Ledger['mark']> = (key) =>
    onDisk(({ folder, marks }) => marks.open(key, !isCalm && folder.isVigilant(now())));

  return {
    recall: (key, sequenceNumbers) =>
      onDisk((disk) => {
        // Without logs no key is hashed: loading `node:crypto` would dominate a cold start.
        const { hasLogs, hasDeath } = look(disk);
        isCalm = !hasDeath;
        thisTurn.then(turnEnded);
        if (!hasLogs) return new Map();
        const recalled = recalledOf(logOf(disk, key).recall(), sequenceNumbers);
        // Starts are marked as long as a batch has suspects, regardless of the death's age.
        const hasSuspects = [...recalled.values()].some(({ suspect }) => suspect !== undefined);
        if (hasSuspects && !disk.folder.isVigilant(now())) noteDeath(disk);
        return recalled;
      }),

    remember: (key, changes) => onDisk((disk) => write(disk, key, changes)),

    mark,

    /** Opens and closes marks, as each invocation does. */
    check() {
      try {
        mark(probeKey).close();
        return [];
      } catch (error) {
        return [
          { what: wordsOf(error), remedy: "set folder to a folder of this process's user, on a disk with free space" },
        ];
      }
    },
  };
}

/** The ledger's folder and its own marks. */
interface Disk {
  readonly folder: FileFolder;
  readonly marks: MarksFiles;
}

function diskAt(files: FileAccess, path: string, maxBytes: number): Disk {
  const folder = fileFolder(files, path);
  return { folder, marks: marksFiles(files, folder, maxBytes) };
}

/** At first use, because it loads `node:os`. */
function defaultFolder(): string {
  return resolve(process.getBuiltinModule('node:os').tmpdir(), 'undam');
}
