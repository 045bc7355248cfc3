import { Fence } from './fence.ts';
import { runInProgress } from './run-in-progress.ts';

/** One write of the function to its output. */
export interface LogPiece {
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  /** As it was written, without a line break at its end. */
  readonly text: string;
}

const piecesMost = 10_000;

/** The end of what a function writes. Memory is bounded by a number of pieces. */
export class CapturedOutput {
  readonly #pieces: LogPiece[] = [];
  #first = 0;

  get pieces(): readonly LogPiece[] {
    return [...this.#pieces.slice(this.#first), ...this.#pieces.slice(0, this.#first)];
  }

  readonly write = (piece: LogPiece): void => {
    if (this.#pieces.length < piecesMost) {
      this.#pieces.push(piece);
      return;
    }
    this.#pieces[this.#first] = piece;
    this.#first = (this.#first + 1) % piecesMost;
  };
}

type Write = typeof process.stdout.write;

/** In a run, what code behind a fence writes to standard output and error goes to whoever captures it, and nowhere else. */
export function installCapture(): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const real = process[stream].write.bind(process[stream]);
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      const run = runInProgress();
      const fence = Fence.current();
      if (!run?.capture || !fence) return Reflect.apply(real, undefined, [chunk, ...rest]) as boolean;
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      if (!fence.ended) run.capture({ atMs: run.time.now(), stream, text: text.replace(/\r?\n$/, '') });
      const written = rest.at(-1);
      if (typeof written === 'function') queueMicrotask(() => (written as (error?: null) => void)(null));
      return true;
    };
    process[stream].write = write as Write;
  }
}
