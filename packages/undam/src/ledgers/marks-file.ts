import type { AttemptCounts } from '../envelope.ts';
import { UndamError } from '../errors.ts';
import { Set } from '../intrinsics.ts';
import type { LedgerKey, Marks, Memory } from '../ledger.ts';
import type { FileAccess, OpenFile, Writer } from './file-access.ts';
import type { FileFolder } from './file-folder.ts';
import { encodeHeader, encodeMark, headerOf, type Mark, phases } from './marks-format.ts';

/** What a closed file may keep of its disk space. */
const idleMostBytes = 65_536;

/** The marks files of one ledger: one for each invocation that runs at the same time, kept open and used again. */
export class MarksFiles {
  readonly #files: FileAccess;
  readonly #folder: FileFolder;
  readonly #mostBytes: number;
  #idle: MarksFile[] = [];
  readonly #names = new Set<string>();
  #made = 0;

  constructor(files: FileAccess, folder: FileFolder, mostBytes: number) {
    this.#files = files;
    this.#folder = folder;
    this.#mostBytes = mostBytes;
  }

  /** Whether a file is one of this ledger's. */
  owns(name: string): boolean {
    return this.#names.has(name);
  }

  /** Forgets files that somebody has removed: nobody would find what is marked in them. */
  forgetRemoved(): void {
    for (const name of this.#names) {
      if (this.#files.look(this.#pathOf(name)) === undefined) this.#names.delete(name);
    }
    const idle = this.#idle;
    this.#idle = idle.filter(({ name }) => this.owns(name));
    for (const file of idle) if (!this.owns(file.name)) file.release();
  }

  open(key: LedgerKey, everyStart: boolean): Marks {
    const file = this.#idle.pop() ?? this.#make();
    const ended = (usable: boolean): void => {
      this.#idle = this.#idle.filter((other) => other !== file);
      if (usable && this.owns(file.name)) this.#idle.push(file);
      else this.#discard(file);
    };
    try {
      this.#closeAnswered();
      file.begin(key, everyStart);
    } catch (error) {
      ended(file.end());
      throw error;
    }
    return new FileMarks(file, everyStart, ended);
  }

  /** The process has lived on: what it answered has left. */
  #closeAnswered(): void {
    const idle = this.#idle;
    this.#idle = idle.filter((file) => !file.isAnswered || file.end());
    for (const file of idle) if (!this.#idle.includes(file)) this.#discard(file);
  }

  #make(): MarksFile {
    this.#folder.make();
    for (;;) {
      const name = marksName(this.#files.self, this.#made++);
      const file = this.#files.open(this.#pathOf(name), 'new');
      if (file === undefined) continue;
      this.#names.add(name);
      return new MarksFile(name, file, this.#mostBytes);
    }
  }

  #discard(file: MarksFile): void {
    // Removed first: closed and left, it would be an invocation that never ended.
    this.#files.remove(this.#pathOf(file.name));
    this.#names.delete(file.name);
    file.release();
  }

  #pathOf(name: string): string {
    return `${this.#folder.path}/${name}`;
  }
}

/** The marks of one invocation. */
class FileMarks implements Marks {
  readonly everyStart: boolean;
  #file: MarksFile | undefined;
  readonly #ended: (usable: boolean) => void;
  readonly #generation: number;
  #isAnswered = false;
  /** Where what was answered stands until another invocation begins in it. */
  #left: MarksFile | undefined;

  constructor(file: MarksFile, everyStart: boolean, ended: (usable: boolean) => void) {
    this.#file = file;
    this.#generation = file.generation;
    this.everyStart = everyStart;
    this.#ended = ended;
  }

  started(sequenceNumber: string, attempts: AttemptCounts, alone: boolean): void {
    this.#write([['started', sequenceNumber, attempts, alone]]);
  }

  done(sequenceNumbers: readonly string[]): void {
    this.#write([['done', sequenceNumbers]]);
  }

  learned(sequenceNumber: string, memory: Memory, running: boolean): void {
    this.#write([['learned', sequenceNumber, memory, running]]);
  }

  answered(done: readonly string[], behind: readonly string[]): void {
    this.#write([
      ['done', done],
      ['answered', behind],
    ]);
    this.#isAnswered = this.#file !== undefined;
  }

  withdraw(): void {
    const file = this.#file ?? this.#left?.stillOf(this.#generation);
    this.#file = undefined;
    this.#left = undefined;
    if (file !== undefined) this.#ended(file.end());
  }

  close(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    if (this.#isAnswered) this.#left = file;
    this.#ended(this.#isAnswered ? file.leave() : file.end());
  }

  /** Marks of which one is missing would accuse the wrong record: they end with it. */
  #write(marks: readonly Mark[]): void {
    try {
      this.#file?.write(marks);
    } catch (error) {
      this.withdraw();
      throw error;
    }
  }
}

class MarksFile {
  readonly name: string;
  readonly #file: OpenFile;
  readonly #mostBytes: number;
  /** Which invocation writes into it, from 1. */
  #generation = 0;
  #position = 0;
  /** Its invocation has ended, and what that has answered stands in it. */
  isAnswered = false;
  /** The last one, which is most often the next one, too. */
  #header: { readonly key: LedgerKey; readonly everyStart: boolean; readonly text: string } | undefined;

  constructor(name: string, file: OpenFile, mostBytes: number) {
    this.name = name;
    this.#file = file;
    this.#mostBytes = mostBytes;
  }

  get generation(): number {
    return this.#generation;
  }

  begin(key: LedgerKey, everyStart: boolean): void {
    const isLarge = this.isAnswered && this.#position > idleMostBytes;
    this.isAnswered = false;
    this.#generation++;
    this.#position = 0;
    this.#put(encodeHeader(this.#generation, this.#headerOf(key, everyStart)));
    if (isLarge) this.#file.truncate(this.#position);
  }

  #headerOf(key: LedgerKey, everyStart: boolean): string {
    const last = this.#header;
    if (last !== undefined && last.everyStart === everyStart && isSame(last.key, key)) return last.text;
    const text = headerOf(key, everyStart);
    this.#header = { key, everyStart, text };
    return text;
  }

  /** In one call, so that none of them is there without the others before it. */
  write(marks: readonly Mark[]): void {
    let lines = '';
    for (const mark of marks) lines += encodeMark(this.#generation, mark);
    if (this.#position + lines.length > this.#mostBytes)
      throw new UndamError('ledger-unusable', `the marks of one invocation take more than ${this.#mostBytes} bytes`);
    this.#put(lines);
  }

  /** Leaves what was answered to the case that the process dies before the answer has left. It can be used again. */
  leave(): true {
    this.isAnswered = true;
    return true;
  }

  /** Itself, while what an invocation has left stands in it. */
  stillOf(generation: number): MarksFile | undefined {
    return this.isAnswered && this.#generation === generation ? this : undefined;
  }

  /** Answers whether it can be used again. */
  end(): boolean {
    this.isAnswered = false;
    try {
      this.#file.write(phases.closed, 0);
      if (this.#position > idleMostBytes) this.#file.truncate(1);
      return true;
    } catch {
      return false;
    }
  }

  release(): void {
    this.#file.close();
  }

  #put(text: string): void {
    this.#position += this.#file.write(text, this.#position);
  }
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
