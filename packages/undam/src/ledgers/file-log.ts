import { UndamError } from '../errors.ts';
import { Map } from '../intrinsics.ts';
import { isResolved } from '../ledger.ts';
import { answeredMs, type Changes, type Entry, isSettled, settledMs } from './entry.ts';
import type { FileAccess, OpenFile } from './file-access.ts';
import { FileLock } from './file-lock.ts';
import { encodeChanges, encodeEntry, type Replay, replay } from './log-lines.ts';

export interface LogRules {
  /** Epoch milliseconds. */
  now(): number;
  readonly expiresAfterMs: number;
  readonly mostBytes: number;
}

/** A log is rewritten when it is larger than this and than twice its entry. */
const slackBytes = 16_384;

/**
 * One entry as an append-only file. Any number of threads and processes may append to it at once; one at a time replaces
 * it, and carries over what came to the old file meanwhile. Whoever appended beside that waits for its end, and appends
 * again where another file then stands under the name, which merging makes harmless: what `remember` has answered for is
 * seen by every `recall` from then on.
 */
export class FileLog {
  readonly #files: FileAccess;
  readonly #path: string;
  readonly #rules: LogRules;
  readonly #lock: FileLock;

  constructor(files: FileAccess, path: string, rules: LogRules) {
    this.#files = files;
    this.#path = path;
    this.#rules = rules;
    this.#lock = new FileLock(files, `${path}.lock`);
  }

  get exists(): boolean {
    return this.#files.look(this.#path) !== undefined;
  }

  /** @throws UndamError `entry-unreadable`, after which there is an empty one */
  recall(): Entry {
    // An open that fails is five times as dear as a look.
    const file = this.exists ? this.#files.open(this.#path, 'old') : undefined;
    if (file === undefined) return new Map();
    const { entry } = reading(file, () => this.#replay(file, wholeLines(file.read(0))));
    if (entry.size === 0) this.#rewrite();
    return entry;
  }

  remember(changes: Changes): void {
    const { now, mostBytes } = this.#rules;
    const file = this.#append(encodeChanges(changes, now()));
    const isDue = reading(file, () => {
      const { bytes } = file.state();
      if (bytes <= slackBytes && !forgets(changes)) return false;
      const replayed = this.#replay(file, wholeLines(file.read(0)));
      if (replayed.entry.size === 0 || bytes > mostBytes) return true;
      return bytes > slackBytes && bytes > 2 * Buffer.byteLength(this.#encode(replayed));
    });
    if (isDue) this.#rewrite();
  }

  /** Answers the file that now holds the lines. */
  #append(lines: string): OpenFile {
    this.#mend();
    for (;;) {
      const file = this.#write(lines, () => this.#lock.settle());
      if (this.#isCurrent(file)) return file;
      file.close();
    }
  }

  #write(lines: string, written: () => void): OpenFile {
    const file = this.#files.open(this.#path, 'append');
    try {
      file.write(lines, 0);
      written();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** A writer that died, or found the disk full, has left the beginning of a line, which the next must not be glued to. */
  #mend(): void {
    if (!this.#isBroken()) return;
    this.#lock.settle();
    if (this.#isBroken()) this.#rewrite();
  }

  #isBroken(): boolean {
    const bytes = this.#files.look(this.#path)?.bytes ?? 0;
    const file = bytes > 0 ? this.#files.open(this.#path, 'old') : undefined;
    return file !== undefined && reading(file, () => file.read(bytes - 1)).slice(-1) !== '\n';
  }

  /** Writes the entry anew, or removes it. Left to the one who is at it, where somebody is. */
  #rewrite(): void {
    this.#lock.whereFree(() => {
      const old = this.#files.open(this.#path, 'old');
      if (old === undefined) return;
      reading(old, () => {
        const text = wholeLines(old.read(0));
        this.#replace(this.#encode(this.#fit(this.#replay(old, text))));
        const since = wholeLines(old.read(Buffer.byteLength(text)));
        if (since !== '') this.#write(since, () => {}).close();
      });
    });
  }

  #replace(text: string): void {
    if (text === '') {
      this.#files.remove(this.#path);
      return;
    }
    const successor = `${this.#path}.new`;
    this.#files.remove(successor);
    const file = this.#files.open(successor, 'append');
    try {
      reading(file, () => file.write(text, 0));
      this.#files.rename(successor, this.#path);
    } catch (error) {
      this.#files.remove(successor);
      throw error;
    }
  }

  #replay(file: OpenFile, text: string): Replay {
    const { now, expiresAfterMs } = this.#rules;
    try {
      const replayed = withoutAnswered(replay(text, now() - expiresAfterMs), now() - answeredMs);
      return withoutSettled(replayed, now() - settledMs);
    } catch (cause) {
      const aside = `${this.#path}.unreadable`;
      if (this.#isCurrent(file)) this.#files.rename(this.#path, aside);
      throw new UndamError(
        'entry-unreadable',
        `what is remembered in ${this.#path} cannot be read; it was set aside as ${aside}, and its records are run again`,
        { cause },
      );
    }
  }

  /** Whether it is the file that stands under the log's name now. */
  #isCurrent(file: OpenFile): boolean {
    return this.#files.look(this.#path)?.inode === file.state().inode;
  }

  #encode(replayed: Replay): string {
    return encodeEntry(replayed, Math.max(1, Math.ceil(this.#rules.expiresAfterMs / 24)));
  }

  /** Within the bound, finished records are forgotten first, then the others; of either the oldest half, as often as it takes. */
  #fit(replayed: Replay): Replay {
    const { entry } = replayed;
    while (entry.size > 0 && Buffer.byteLength(this.#encode(replayed)) > this.#rules.mostBytes) {
      const finished = [...entry.keys()].filter((sequenceNumber) => isResolved(entry.get(sequenceNumber)!));
      const forgettable = finished.length > 0 ? finished : [...entry.keys()];
      for (const sequenceNumber of forgettable.slice(0, Math.ceil(forgettable.length / 2)))
        entry.delete(sequenceNumber);
    }
    return replayed;
  }
}

/** Without what answers had passed that were lost before that time, or never. */
function withoutAnswered(replayed: Replay, before: number): Replay {
  const { entry, writtenAt } = replayed;
  for (const [sequenceNumber, { answered }] of entry)
    if (answered && (writtenAt.get(sequenceNumber) ?? 0) < before) entry.delete(sequenceNumber);
  return replayed;
}

/** An entry whose last record was resolved before that time is empty. */
function withoutSettled(replayed: Replay, before: number): Replay {
  const { entry, writtenAt } = replayed;
  if (!isSettled(entry)) return replayed;
  for (const sequenceNumber of entry.keys()) if ((writtenAt.get(sequenceNumber) ?? 0) >= before) return replayed;
  entry.clear();
  return replayed;
}

/** Only then may its entry be empty. */
function forgets(changes: Changes): boolean {
  for (const memory of changes.values()) if (memory === undefined) return true;
  return false;
}

function reading<T>(file: OpenFile, read: () => T): T {
  try {
    return read();
  } finally {
    file.close();
  }
}

/** Without a last line that is still being written, or whose writer died: it was never remembered. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
