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
import { recover } from './recovery.ts';

const { resolve } = process.getBuiltinModule('node:path');

export interface FileLedgerOptions {
  /**
   * A folder of this machine that no other machine or container shares. It is made, for its owner only, when there is
   * something to write.
   *
   * @default `undam` in the system's folder for temporary files
   */
  readonly folder?: string;
  /** Milliseconds after which what was remembered of a record, and not written again, is forgotten. @default 86_400_000 */
  readonly expiresAfterMs?: number;
  /**
   * Bytes that all logs take together, at most; a single one, and the marks of a single invocation, take a sixteenth.
   * Beyond it the shard written least recently is forgotten; of a single one, its finished records are, and then its
   * oldest. Whatever is forgotten is run again or counted anew.
   *
   * @default 67_108_864
   */
  readonly maxBytes?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** The disk. @default this machine's */
  readonly files?: FileAccess;
}

/** What the folder of a ledger holds besides marks of its own. */
interface View {
  /** When something was last made or removed in it; `undefined` where there is none. */
  readonly changedAt: number | undefined;
  readonly hasLogs: boolean;
  readonly hasDeath: boolean;
}

const share = 16;

/** A tick of the coarsest clock that a disk has: FAT's. */
const clockTickMs = 2_000;

const nobody: LedgerKey = { functionArn: 'undam-check', eventSourceArn: '', shardId: undefined };

const thisTurn = Promise.resolve();

/**
 * A ledger on the local disk: it survives the death of the process, and tells the next one what was running. In Lambda it
 * is gone with the environment. A happy invocation costs it tens of microseconds.
 *
 * A disk that is full, read-only or somebody else's costs the memory, never a record.
 *
 * @throws UndamError `bad-option`; from its calls, `ledger-unusable` where the disk refuses, and `entry-unreadable` once
 *   for each entry that cannot be read
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
  const mostBytes = Math.floor(maxBytes / share);
  const path = options.folder === undefined ? undefined : resolve(options.folder);
  let disk: Disk | undefined;
  /** What the folder holds, as long as it is not changed; unknown where nobody can tell whether it was. */
  let view: View | undefined;
  let hasLooked = false;
  /** Nothing has died here, as was seen in this turn of the loop: beyond it others may have noted a death. */
  let isCalm = false;
  const turnEnded = (): void => {
    isCalm = false;
  };

  function onDisk<T>(act: (disk: Disk) => T): T {
    disk ??= diskAt(files, path ?? defaultFolder(), mostBytes);
    try {
      return act(disk);
    } catch (error) {
      if (isUndamError(error)) throw error;
      throw new UndamError(
        'ledger-unusable',
        `fileLedger() cannot use ${disk.folder.path} (${(error as Error).message}): it has to be a folder of this process's user on a disk with room; nothing is remembered until then`,
        { cause: error },
      );
    }
  }

  /**
   * Recovers the marks of dead processes before Lambda delivers their batches again, here or to a neighbouring thread. Without
   * marks of others it asks the disk only when the folder has changed.
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
    // Within a tick of the disk's clock more may come; a folder that is made and removed again leaves nothing to tell it by.
    const isSure = changedAt !== undefined && changedAt < now() - clockTickMs;
    if (isSure && !hasNeighbours) view = seen;
    return seen;
  }

  /** Answers whether marks of others that live are left. */
  function recoverDead(disk: Disk): boolean {
    return recover({
      files,
      folder: disk.folder.path,
      owns: disk.marks.owns,
      died: () => noteDeath(disk),
      // The clock may have been set back since.
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
    return fileLog(files, folder.logOf(sha256(nameOf(key))), { now, expiresAfterMs, mostBytes });
  }

  const mark: NonNullable<Ledger['mark']> = (key) =>
    onDisk(({ folder, marks }) => marks.open(key, !isCalm && folder.isVigilant(now())));

  return {
    recall: (key, sequenceNumbers) =>
      onDisk((disk) => {
        // Without logs no key is hashed: loading `node:crypto` would be most of a cold start.
        const { hasLogs, hasDeath } = look(disk);
        isCalm = !hasDeath;
        thisTurn.then(turnEnded);
        if (!hasLogs) return new Map();
        const recalled = recalledOf(logOf(disk, key).recall(), sequenceNumbers);
        // While a batch has suspects, its starts are marked, however long ago the death was.
        const hasSuspects = [...recalled.values()].some(({ suspect }) => suspect !== undefined);
        if (hasSuspects && !disk.folder.isVigilant(now())) noteDeath(disk);
        return recalled;
      }),

    remember: (key, changes) => onDisk((disk) => write(disk, key, changes)),

    mark,

    /** Opens and closes marks, as each invocation does. */
    check() {
      try {
        mark(nobody).close();
        return [];
      } catch (error) {
        return [{ what: wordsOf(error), remedy: "set folder to one of this process's user, on a disk with room" }];
      }
    },
  };
}

/** The ledger's folder, and its own marks in it. */
interface Disk {
  readonly folder: FileFolder;
  readonly marks: MarksFiles;
}

function diskAt(files: FileAccess, path: string, mostBytes: number): Disk {
  const folder = fileFolder(files, path);
  return { folder, marks: marksFiles(files, folder, mostBytes) };
}

/** Asked for at the ledger's first use: `node:os` is loaded for it. */
function defaultFolder(): string {
  return resolve(process.getBuiltinModule('node:os').tmpdir(), 'undam');
}
