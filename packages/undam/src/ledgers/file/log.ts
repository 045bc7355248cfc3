import { UndamError } from '../../base/errors.ts';
import { Map } from '../../base/intrinsics.ts';
import { answeredMs, type Changes, type Entry, isSettled, settledMs } from '../entry.ts';
import { isResolved } from '../ledger.ts';
import { closing } from './closing.ts';
import type { FileAccess, OpenFile } from './disk.ts';
import { fileLock } from './lock.ts';
import { encodeChanges, encodeEntryLine, type Replay, replay } from './log-lines.ts';

export interface LogRules {
  /** Epoch milliseconds. */
  now(): number;
  readonly expiresAfterMs: number;
  readonly maxBytes: number;
}

/** A log is rewritten when it exceeds both this size and twice its entry's size. */
const slackBytes = 16_384;

/**
 * One entry as an append-only file. Any number of threads and processes may append at once; one at a time rewrites the file,
 * carrying over lines that reach the old one meanwhile. A writer that appends during a rewrite waits for its end, and appends
 * again if another file has taken the name: merging makes the repetition harmless. So every later `recall` sees the changes of a
 * completed `remember`.
 */
export interface FileLog {
  exists(): boolean;
  /** @throws UndamError `entry-unreadable`, after which the entry is empty */
  recall(): Entry;
  remember(changes: Changes): void;
}

export function fileLog(files: FileAccess, path: string, { now, expiresAfterMs, maxBytes }: LogRules): FileLog {
  const lock = fileLock(files, `${path}.lock`);
  const exists = (): boolean => files.look(path) !== undefined;

  /** True if the open file is the one under the log's name. */
  function isCurrent(file: OpenFile): boolean {
    return files.look(path)?.inode === file.state().inode;
  }

  /** Returns the open file that holds the lines. */
  function append(lines: string): OpenFile {
    mend();
    for (;;) {
      const file = write(lines, lock.settle);
      if (isCurrent(file)) return file;
      file.close();
    }
  }

  function write(lines: string, written: () => void): OpenFile {
    const file = files.open(path, 'append');
    try {
      file.write(lines, 0);
      written();
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** A writer that died, or met a full disk, may leave an unfinished line; the next one must not continue it. */
  function mend(): void {
    if (!isBroken()) return;
    lock.settle();
    if (isBroken()) rewrite();
  }

  function isBroken(): boolean {
    const bytes = files.look(path)?.bytes ?? 0;
    const file = bytes > 0 ? files.open(path, 'old') : undefined;
    return file !== undefined && closing(file, () => file.read(bytes - 1)).slice(-1) !== '\n';
  }

  /** Rewrites the entry, or removes it if empty. Leaves that to the lock's holder, if any. */
  function rewrite(): void {
    lock.whereFree(() => {
      const old = files.open(path, 'old');
      if (old === undefined) return;
      closing(old, () => {
        const text = wholeLines(old.read(0));
        replace(encode(fitted(replayOf(old, text))));
        const since = wholeLines(old.read(Buffer.byteLength(text)));
        if (since !== '') write(since, () => {}).close();
      });
    });
  }

  function replace(text: string): void {
    if (text === '') {
      files.remove(path);
      return;
    }
    const successor = `${path}.new`;
    files.remove(successor);
    const file = files.open(successor, 'append');
    try {
      closing(file, () => file.write(text, 0));
      files.rename(successor, path);
    } catch (error) {
      files.remove(successor);
      throw error;
    }
  }

  function replayOf(file: OpenFile, text: string): Replay {
    try {
      const replayed = withoutAnswered(replay(text, now() - expiresAfterMs), now() - answeredMs);
      return withoutSettled(replayed, now() - settledMs);
    } catch (cause) {
      const aside = `${path}.unreadable`;
      if (isCurrent(file)) files.rename(path, aside);
      throw new UndamError(
        'entry-unreadable',
        `the log ${path} cannot be read; it was set aside as ${aside}, and its records run again`,
        { cause },
      );
    }
  }

  function encode(replayed: Replay): string {
    return encodeEntryLine(replayed, Math.max(1, Math.ceil(expiresAfterMs / 24)));
  }

  /** Forgets records until the entry fits into the bound: finished ones first, then the others; each time the older half. */
  function fitted(replayed: Replay): Replay {
    const { entry } = replayed;
    while (entry.size > 0 && Buffer.byteLength(encode(replayed)) > maxBytes) {
      const finished = [...entry.keys()].filter((sequenceNumber) => isResolved(entry.get(sequenceNumber)!));
      const forgettable = finished.length > 0 ? finished : [...entry.keys()];
      for (const sequenceNumber of forgettable.slice(0, Math.ceil(forgettable.length / 2)))
        entry.delete(sequenceNumber);
    }
    return replayed;
  }

  return {
    exists,

    recall() {
      // A failed open costs five times as much as a look.
      const file = exists() ? files.open(path, 'old') : undefined;
      if (file === undefined) return new Map();
      const { entry } = closing(file, () => replayOf(file, wholeLines(file.read(0))));
      if (entry.size === 0) rewrite();
      return entry;
    },

    remember(changes) {
      const file = append(encodeChanges(changes, now()));
      const isDue = closing(file, () => {
        const { bytes } = file.state();
        if (bytes <= slackBytes && !forgets(changes)) return false;
        const replayed = replayOf(file, wholeLines(file.read(0)));
        if (replayed.entry.size === 0 || bytes > maxBytes) return true;
        return bytes > slackBytes && bytes > 2 * Buffer.byteLength(encode(replayed));
      });
      if (isDue) rewrite();
    },
  };
}

/** Drops records that lost answers had passed, if last written before that time. */
function withoutAnswered(replayed: Replay, before: number): Replay {
  const { entry, writtenAt } = replayed;
  for (const [sequenceNumber, { answered }] of entry)
    if (answered && (writtenAt.get(sequenceNumber) ?? 0) < before) entry.delete(sequenceNumber);
  return replayed;
}

/** Drops a settled entry last written before that time. */
function withoutSettled(replayed: Replay, before: number): Replay {
  const { entry, writtenAt } = replayed;
  if (!isSettled(entry)) return replayed;
  for (const sequenceNumber of entry.keys()) if ((writtenAt.get(sequenceNumber) ?? 0) >= before) return replayed;
  entry.clear();
  return replayed;
}

/** True if the changes forget a record; only such changes can empty the entry. */
function forgets(changes: Changes): boolean {
  for (const memory of changes.values()) if (memory === undefined) return true;
  return false;
}

/** Drops an unfinished last line: its `remember` never completed. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
