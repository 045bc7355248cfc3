import { UndamError } from '../../base/errors.ts';
import { Set } from '../../base/intrinsics.ts';
import type { LedgerKey, Marks } from '../ledger.ts';
import type { FileAccess, OpenFile, Writer } from './disk.ts';
import type { FileFolder } from './folder.ts';
import { encodeHeader, encodeMark, headerOf, type Mark, phases } from './marks-format.ts';

/** What a closed file may keep of its disk space. */
const idleMostBytes = 65_536;

/** The marks files of one ledger: one for each invocation that runs at the same time, kept open and used again. */
export interface MarksFiles {
  /** Whether a file is one of this ledger's. */
  owns(name: string): boolean;
  /** Forgets files that somebody has removed: nobody would find what is marked in them. */
  forgetRemoved(): void;
  open(key: LedgerKey, everyStart: boolean): Marks;
}

export function marksFiles(files: FileAccess, folder: FileFolder, mostBytes: number): MarksFiles {
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
      return marksFile(name, file, mostBytes);
    }
  }

  function discard(file: MarksFile): void {
    // Removed first: closed and left, it would be an invocation that never ended.
    files.remove(pathOf(file.name));
    names.delete(file.name);
    file.release();
  }

  /** The process has lived on: what it answered has left. */
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
  /** Where what was answered stands until another invocation begins in it. */
  let left: MarksFile | undefined;

  /** Marks of which one is missing would accuse the wrong record: they end with it. */
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
  /** Which invocation writes into it, from 1. */
  generation(): number;
  /** Its invocation has ended, and what that has answered stands in it. */
  isAnswered(): boolean;
  begin(key: LedgerKey, everyStart: boolean): void;
  /** In one call, so that none of them is there without the others before it. */
  write(marks: readonly Mark[]): void;
  /** Leaves what was answered to the case that the process dies before the answer has left. It can be used again. */
  leave(): true;
  /** Itself, while what an invocation has left stands in it. */
  stillOf(generation: number): MarksFile | undefined;
  /** Answers whether it can be used again. */
  end(): boolean;
  release(): void;
}

function marksFile(name: string, file: OpenFile, mostBytes: number): MarksFile {
  let generation = 0;
  let position = 0;
  let isAnswered = false;
  /** The last one, which is most often the next one, too. */
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
      const isLarge = isAnswered && position > idleMostBytes;
      isAnswered = false;
      generation++;
      position = 0;
      put(encodeHeader(generation, textOf(key, everyStart)));
      if (isLarge) file.truncate(position);
    },

    write(marks) {
      let lines = '';
      for (const mark of marks) lines += encodeMark(generation, mark);
      if (position + lines.length > mostBytes)
        throw new UndamError('ledger-unusable', `the marks of one invocation take more than ${mostBytes} bytes`);
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
        if (position > idleMostBytes) file.truncate(1);
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

/** Who wrote a marks file, by its name; `undefined` for another file. */
export function writerOf(name: string): Writer | undefined {
  const [, pid, boot, thread] = pattern.exec(name) ?? [];
  return boot === undefined ? undefined : { pid: Number(pid), boot, thread: Number(thread) };
}
