import { sha256 } from '../digest.ts';
import { isUndamError, UndamError } from '../errors.ts';
import { Map, Promise } from '../intrinsics.ts';
import type { Ledger, LedgerKey, Memory } from '../ledger.ts';
import { aFunction, checkOptions, integer, objectWith, text } from '../options.ts';
import { type Problem, wordsOf } from '../problem.ts';
import { bury } from './burial.ts';
import { addOthers, answeredMs, nameOf } from './entry.ts';
import type { FileAccess } from './file-access.ts';
import { FileFolder } from './file-folder.ts';
import { FileLog } from './file-log.ts';
import { MarksFiles } from './marks-file.ts';
import { nodeFiles } from './node-files.ts';

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
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  let ledger: FileLedger | undefined;
  const made = (): FileLedger => {
    ledger ??= new FileLedger(folder ?? defaultFolder(), options);
    return ledger;
  };
  return {
    recall: (key, sequenceNumbers) => made().recall(key, sequenceNumbers),
    remember: (key, changes) => made().remember(key, changes),
    mark: (key) => made().mark(key),
    check: () => made().check(),
  };
}

/** Asked for at the ledger's first use: `node:os` is loaded for it. */
function defaultFolder(): string {
  return resolve(process.getBuiltinModule('node:os').tmpdir(), 'undam');
}

class FileLedger implements Ledger {
  readonly #files: FileAccess;
  readonly #folder: FileFolder;
  readonly #path: string;
  readonly #now: () => number;
  readonly #expiresAfterMs: number;
  readonly #maxBytes: number;
  readonly #marks: MarksFiles;
  #hasLooked = false;
  /** What the folder holds, as long as it is not changed; unknown where nobody can tell whether it was. */
  #view: View | undefined;
  /** Nothing has died here, as was seen in this turn of the loop: beyond it others may have noted a death. */
  #isCalm = false;

  constructor(path: string, options: FileLedgerOptions) {
    const { files = nodeFiles, now = Date.now } = options;
    const { expiresAfterMs = 86_400_000, maxBytes = 67_108_864 } = options;
    this.#files = files;
    this.#path = path;
    this.#folder = new FileFolder(files, this.#path);
    this.#now = now;
    this.#expiresAfterMs = expiresAfterMs;
    this.#maxBytes = maxBytes;
    this.#marks = new MarksFiles(files, this.#folder, Math.floor(maxBytes / share));
  }

  readonly recall = (key: LedgerKey, sequenceNumbers: readonly string[]): Map<string, Memory> =>
    this.#onDisk(() => {
      const recalled = new Map<string, Memory>();
      // Without logs no key is hashed: loading `node:crypto` would be most of a cold start.
      const { hasLogs, hasDeath } = this.#look();
      this.#isCalm = !hasDeath;
      thisTurn.then(this.#turnEnded);
      if (!hasLogs) return recalled;
      const entry = this.#logOf(key).recall();
      for (const sequenceNumber of sequenceNumbers) {
        const memory = entry.get(sequenceNumber);
        if (memory !== undefined) recalled.set(sequenceNumber, memory);
      }
      addOthers(recalled, entry, sequenceNumbers);
      // While a batch has suspects, its starts are marked, however long ago the death was.
      const hasSuspects = [...recalled.values()].some(({ suspect }) => suspect !== undefined);
      if (hasSuspects && !this.#folder.isVigilant(this.#now())) this.#noteDeath();
      return recalled;
    });

  readonly remember = (key: LedgerKey, changes: ReadonlyMap<string, Memory | undefined>): void =>
    this.#onDisk(() => this.#remember(key, changes));

  readonly mark: NonNullable<Ledger['mark']> = (key) =>
    this.#onDisk(() => this.#marks.open(key, !this.#isCalm && this.#folder.isVigilant(this.#now())));

  /** Opens and closes marks, as each invocation does. */
  readonly check = (): readonly Problem[] => {
    try {
      this.mark(nobody).close();
      return [];
    } catch (error) {
      return [{ what: wordsOf(error), remedy: "set folder to one of this process's user, on a disk with room" }];
    }
  };

  readonly #turnEnded = (): void => {
    this.#isCalm = false;
  };

  #remember(key: LedgerKey, changes: ReadonlyMap<string, Memory | undefined>): void {
    this.#view = undefined;
    this.#folder.makeLogs();
    const log = this.#logOf(key);
    const isFirst = !log.exists;
    log.remember(changes);
    if (isFirst) this.#makeRoom();
  }

  /**
   * What died is buried before its batch is delivered again, here or to a neighbouring thread. Where nobody else has left
   * marks, this asks the disk only when the folder was changed.
   */
  #look(): View {
    if (!this.#hasLooked) {
      if (this.#folder.exists()) this.#makeRoom();
      this.#hasLooked = true;
    }
    const changedAt = this.#folder.changedAt();
    if (this.#view !== undefined && this.#view.changedAt === changedAt) return this.#view;
    this.#view = undefined;
    this.#marks.forgetRemoved();
    const hasNeighbours = changedAt !== undefined && this.#bury();
    const view = { changedAt, hasLogs: this.#folder.hasLogs(), hasDeath: this.#folder.hasDeath() };
    // Within a tick of the disk's clock more may come; a folder that is made and removed again leaves nothing to tell it by.
    const isSure = changedAt !== undefined && changedAt < this.#now() - clockTickMs;
    if (isSure && !hasNeighbours) this.#view = view;
    return view;
  }

  /** Answers whether marks of others that live are left. */
  #bury(): boolean {
    return bury({
      files: this.#files,
      folder: this.#folder.path,
      owns: (name) => this.#marks.owns(name),
      died: () => this.#noteDeath(),
      // The clock may have been set back since.
      isPast: (answeredAt) => Math.abs(this.#now() - answeredAt) > answeredMs,
      remember: (key, changes) => this.#remember(key, changes),
    });
  }

  #noteDeath(): void {
    this.#view = undefined;
    this.#isCalm = false;
    this.#folder.noteDeath(this.#now());
  }

  #makeRoom(): void {
    this.#folder.makeRoom(this.#maxBytes, this.#now(), this.#expiresAfterMs);
  }

  #logOf(key: LedgerKey): FileLog {
    return new FileLog(this.#files, this.#folder.logOf(sha256(nameOf(key))), {
      now: this.#now,
      expiresAfterMs: this.#expiresAfterMs,
      mostBytes: Math.floor(this.#maxBytes / share),
    });
  }

  #onDisk<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      if (isUndamError(error)) throw error;
      throw new UndamError(
        'ledger-unusable',
        `fileLedger() cannot use ${this.#path} (${(error as Error).message}): it has to be a folder of this process's user on a disk with room; nothing is remembered until then`,
        { cause: error },
      );
    }
  }
}
