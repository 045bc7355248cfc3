import { UndamError } from '../errors.ts';
import { isResolved } from '../ledger.ts';
import type { Entry } from './entry.ts';
import type { FileAccess, OpenFile } from './file-access.ts';
import { type Changes, encodeChanges, encodeEntry, type Replay, replay } from './log-lines.ts';

export interface LogRules {
  /** Epoch milliseconds. */
  now(): number;
  readonly expiresAfterMs: number;
  readonly mostBytes: number;
}

/** A log is rewritten when it is larger than this and than twice its entry. */
const slackBytes = 16_384;

/** A rewrite that was begun so long ago died on the way. */
export const rewriteMostMs = 60_000;

/**
 * One entry as an append-only file. Any number of threads and processes may write to it without a lock: whoever finds,
 * behind its append, another file under the name has written into one that was replaced, and appends again, which merging
 * makes harmless. Whoever replaces it carries over what came to the old file meanwhile.
 */
export class FileLog {
  readonly #files: FileAccess;
  readonly #path: string;
  readonly #rules: LogRules;

  constructor(files: FileAccess, path: string, rules: LogRules) {
    this.#files = files;
    this.#path = path;
    this.#rules = rules;
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
      if (bytes <= slackBytes && leavesUnresolved(changes)) return false;
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
      const file = this.#files.open(this.#path, 'append');
      try {
        file.write(lines, 0);
        if (this.#isCurrent(file)) return file;
      } catch (error) {
        file.close();
        throw error;
      }
      file.close();
    }
  }

  /** A writer that died, or found the disk full, has left the beginning of a line, which the next must not be glued to. */
  #mend(): void {
    const bytes = this.#files.look(this.#path)?.bytes ?? 0;
    const file = bytes > 0 ? this.#files.open(this.#path, 'old') : undefined;
    if (file !== undefined && reading(file, () => file.read(bytes - 1)).slice(-1) !== '\n') this.#rewrite();
  }

  /** Writes the entry anew, or removes it. Left to the one who is at it, where somebody is. */
  #rewrite(): void {
    const successor = `${this.#path}.new`;
    const mine = this.#files.open(successor, 'new');
    if (mine === undefined) {
      this.#breakOff(successor);
      return;
    }
    let left = true;
    try {
      const old = this.#files.open(this.#path, 'old');
      if (old === undefined) return;
      reading(old, () => {
        const text = wholeLines(old.read(0));
        const kept = this.#encode(this.#fit(this.#replay(old, text)));
        if (kept === '') {
          this.#files.remove(this.#path);
        } else {
          mine.write(kept, 0);
          this.#files.rename(successor, this.#path);
          left = false;
        }
        const since = wholeLines(old.read(Buffer.byteLength(text)));
        if (since !== '') this.#append(since).close();
      });
    } finally {
      mine.close();
      if (left) this.#files.remove(successor);
    }
  }

  /** A rewrite that takes that long has died: the next one begins anew. */
  #breakOff(successor: string): void {
    const begun = this.#files.look(successor)?.modifiedAt;
    if (begun !== undefined && begun + rewriteMostMs <= this.#rules.now()) this.#files.remove(successor);
  }

  #replay(file: OpenFile, text: string): Replay {
    const { now, expiresAfterMs } = this.#rules;
    try {
      return replay(text, now() - expiresAfterMs);
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

/** Its entry cannot be empty then, as far as the writer knows; what another knows better, the next recall finds. */
function leavesUnresolved(changes: Changes): boolean {
  for (const memory of changes.values()) if (memory !== undefined && !isResolved(memory)) return true;
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
