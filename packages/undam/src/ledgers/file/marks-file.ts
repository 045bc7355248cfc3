import { UndamError } from '../../base/errors.ts';
import { Set } from '../../base/intrinsics.ts';
import type { LedgerKey, Marks } from '../ledger.ts';
import type { FileAccess, OpenFile, Writer } from './disk.ts';
import type { FileFolder } from './folder.ts';
import { encodeHeader, encodeMark, headerOf, type Mark, phases } from './marks-format.ts';

/** Disk space that an idle file may keep. */
const maxIdleBytes = 65_536;

/** The marks files of one ledger: one per concurrent invocation, kept open for reuse. */
export interface MarksFiles {
  /** True for the name of one of this ledger's files. */
  owns(name: string): boolean;
  /** Drops files that another program has removed: no recovery would find marks in them. */
  forgetRemoved(): void;
  open(key: LedgerKey, everyStart: boolean): Marks;
}

export function marksFiles(files: FileAccess, folder: FileFolder, maxBytes: number): MarksFiles {
  let idle: MarksFile[] = [];
  let made = 0;
  const names = new Set<string>();
  const pathOf = (name: string): string => `${folder.path}/${name}`;
  const owns = (name: string): boolean => names.has(name);

  function make(): MarksFile {
    folder.make();
    for (;;) {
      const name = marksName(files.self, made++);
      const file = files.open(pathOf(name), 'new');
      if (file === undefined) continue;
      names.add(name);
      return marksFile(name, file, maxBytes);
    }
  }

  function discard(file: MarksFile): void {
    // Remove before releasing: a closed file would look like an invocation that never ended.
    files.remove(pathOf(file.name));
    names.delete(file.name);
    file.release();
  }

  /** Closes the marks of earlier answers: the process outlived them, so they have left. */
  function closeAnswered(): void {
    const before = idle;
    idle = before.filter((file) => !file.isAnswered() || file.end());
    for (const file of before) if (!idle.includes(file)) discard(file);
  }

  return {
    owns,

    forgetRemoved() {
      for (const name of names) if (files.look(pathOf(name)) === undefined) names.delete(name);
      const before = idle;
      idle = before.filter(({ name }) => owns(name));
      for (const file of before) if (!owns(file.name)) file.release();
    },

    open(key, everyStart) {
      const file = idle.pop() ?? make();
      const ended = (usable: boolean): void => {
        idle = idle.filter((other) => other !== file);
        if (usable && owns(file.name)) idle.push(file);
        else discard(file);
      };
      try {
        closeAnswered();
        file.begin(key, everyStart);
      } catch (error) {
        ended(file.end());
        throw error;
      }
      return marksIn(file, everyStart, ended);
    },
  };
}

/** The marks of one invocation. */
function marksIn(file: MarksFile, everyStart: boolean, ended: (usable: boolean) => void): Marks {
  const generation = file.generation();
  let own: MarksFile | undefined = file;
  let isAnswered = false;
  /** The file that keeps the answer's marks until another invocation reuses it. */
  let left: MarksFile | undefined;

  /** A missing mark would blame the wrong record, so a failed write ends the marks. */
  function write(...marks: readonly Mark[]): void {
    try {
      own?.write(marks);
    } catch (error) {
      withdraw();
      throw error;
    }
  }

  function withdraw(): void {
    const file = own ?? left?.stillOf(generation);
    own = undefined;
    left = undefined;
    if (file !== undefined) ended(file.end());
  }

  return {
    everyStart,
    started: (sequenceNumber, attempts, alone) => write(['started', sequenceNumber, attempts, alone]),
    done: (sequenceNumbers) => write(['done', sequenceNumbers]),
    learned: (sequenceNumber, memory, running) => write(['learned', sequenceNumber, memory, running]),

    answered(done, behind) {
      write(['done', done], ['answered', behind]);
      isAnswered = own !== undefined;
    },

    withdraw,

    close() {
      const file = own;
      if (file === undefined) return;
      own = undefined;
      if (isAnswered) left = file;
      ended(isAnswered ? file.leave() : file.end());
    },
  };
}

interface MarksFile {
  readonly name: string;
  /** The number, from 1, of the invocation that writes to the file. */
  generation(): number;
  /** True if the invocation has ended and its answer's marks remain. */
  isAnswered(): boolean;
  begin(key: LedgerKey, everyStart: boolean): void;
  /** In one write, so that a mark implies all marks before it. */
  write(marks: readonly Mark[]): void;
  /** Keeps the answer's marks, in case the process dies before the answer leaves, and frees the file for reuse. */
  leave(): true;
  /** The file itself, as long as it keeps the marks of that invocation's answer. */
  stillOf(generation: number): MarksFile | undefined;
  /** Returns true if the file can be reused. */
  end(): boolean;
  release(): void;
}

function marksFile(name: string, file: OpenFile, maxBytes: number): MarksFile {
  let generation = 0;
  let position = 0;
  let isAnswered = false;
  /** The last header; the next one is usually the same. */
  let header: { readonly key: LedgerKey; readonly everyStart: boolean; readonly text: string } | undefined;

  function textOf(key: LedgerKey, everyStart: boolean): string {
    if (header === undefined || header.everyStart !== everyStart || !isSame(header.key, key))
      header = { key, everyStart, text: headerOf(key, everyStart) };
    return header.text;
  }

  function put(text: string): void {
    position += file.write(text, position);
  }

  const self: MarksFile = {
    name,
    generation: () => generation,
    isAnswered: () => isAnswered,

    begin(key, everyStart) {
      const isLarge = isAnswered && position > maxIdleBytes;
      isAnswered = false;
      generation++;
      position = 0;
      put(encodeHeader(generation, textOf(key, everyStart)));
      if (isLarge) file.truncate(position);
    },

    write(marks) {
      let lines = '';
      for (const mark of marks) lines += encodeMark(generation, mark);
      if (position + lines.length > maxBytes)
        throw new UndamError(
          'ledger-unusable',
          `the marks of one invocation exceed ${maxBytes} bytes; raise maxBytes of fileLedger()`,
        );
      put(lines);
    },

    leave() {
      isAnswered = true;
      return true;
    },

    stillOf: (invocation) => (isAnswered && generation === invocation ? self : undefined),

    end() {
      isAnswered = false;
      try {
        file.write(phases.closed, 0);
        if (position > maxIdleBytes) file.truncate(1);
        return true;
      } catch {
        return false;
      }
    },

    release: () => file.close(),
  };
  return self;
}

function isSame(a: LedgerKey, b: LedgerKey): boolean {
  return a.functionArn === b.functionArn && a.eventSourceArn === b.eventSourceArn && a.shardId === b.shardId;
}

const pattern = /^(\d+)-(\d+)-(\d+)-\d+\.marks$/;

function marksName({ pid, boot, thread }: Writer, number: number): string {
  return `${pid}-${boot}-${thread}-${number}.marks`;
}

/** The writer that a marks file's name encodes; `undefined` for another file. */
export function writerOf(name: string): Writer | undefined {
  const [, pid, boot, thread] = pattern.exec(name) ?? [];
  return boot === undefined ? undefined : { pid: Number(pid), boot, thread: Number(thread) };
}
