import fs from 'node:fs';
import { Fence } from './fence.ts';
import { type RunInProgress, runInProgress } from './run-in-progress.ts';

/** One write of the function to its output. */
export interface LogPiece {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  /** The text without its final line break. */
  readonly text: string;
}

const maxPieces = 10_000;

/** The end of a function's output. Bounds memory by a number of pieces. */
export class CapturedOutput {
  readonly #pieces: LogPiece[] = [];
  #first = 0;

  get pieces(): readonly LogPiece[] {
    return [...this.#pieces.slice(this.#first), ...this.#pieces.slice(0, this.#first)];
  }

  readonly write = (piece: LogPiece): void => {
    if (this.#pieces.length < maxPieces) {
      this.#pieces.push(piece);
      return;
    }
    this.#pieces[this.#first] = piece;
    this.#first = (this.#first + 1) % maxPieces;
  };
}

type Write = typeof process.stdout.write;
type WriteSync = (fd: number, data: string | Uint8Array, ...rest: unknown[]) => number;

function capture(run: RunInProgress, stream: LogPiece['stream'], bytes: Buffer): void {
  run.capture?.({ atMs: run.time.now(), stream, text: bytes.toString().replace(/\r?\n$/, '') });
}

function encodingOf(value: unknown): BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value) ? value : 'utf8';
}

/** The same for descriptors 1 and 2, to which some loggers write directly. */
function installDescriptors(): void {
  const real = fs.writeSync as WriteSync;
  const writeSync: WriteSync = (fd, data, ...rest) => {
    const run = runInProgress();
    const fence = Fence.current();
    if (!run?.capture || !fence || (fd !== 1 && fd !== 2)) return real(fd, data, ...rest);
    const isText = typeof data === 'string';
    const bytes = isText ? Buffer.from(data, encodingOf(rest[1])) : Buffer.from(data).subarray(...partOf(rest));
    if (!fence.ended) capture(run, fd === 1 ? 'stdout' : 'stderr', bytes);
    return bytes.length;
  };
  fs.writeSync = writeSync as typeof fs.writeSync;
}

function partOf([offset, length]: readonly unknown[]): [start: number, end?: number] {
  const start = typeof offset === 'number' ? offset : 0;
  return typeof length === 'number' ? [start, start + length] : [start];
}

/** In a run, the output of code behind a fence goes to the run's `capture` only. */
export function installCapture(): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const real = process[stream].write.bind(process[stream]);
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const run = runInProgress();
      const fence = Fence.current();
      if (!run?.capture || !fence) return Reflect.apply(real, undefined, [chunk, ...rest]) as boolean;
      const [encoding] = rest;
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : Buffer.from(chunk);
      if (!fence.ended) capture(run, stream, bytes);
      const written = rest.at(-1);
      if (typeof written === 'function') queueMicrotask(() => (written as (error?: null) => void)(null));
      return true;
    };
    process[stream].write = write as Write;
  }
  installDescriptors();
}
