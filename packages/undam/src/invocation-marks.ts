import type { AttemptCounts } from './envelope.ts';
import type { Marks, Memory } from './ledger.ts';
import type { Emit } from './observe.ts';

/**
 * Records that are done and not marked yet, at most: together with ten that run (the default concurrency), what a death of
 * the process has run twice stays at 32.
 */
const unmarkedMost = 22;

/**
 * The marks of one invocation as the engine writes them: successes in windows while nothing has died, everything at once
 * afterwards. Marks that fail cost what they were for, never a record: it says so once and marks no more.
 */
export class InvocationMarks {
  #marks: Marks | undefined;
  readonly #emit: Emit;
  /** Each start is marked. */
  readonly everyStart: boolean;
  #done: string[] = [];
  readonly #unmarkedMost: number;

  constructor(open: (() => Marks) | undefined, emit: Emit) {
    this.#emit = emit;
    try {
      this.#marks = open?.();
    } catch (error) {
      this.#failed(error);
    }
    this.everyStart = this.#marks?.everyStart ?? false;
    this.#unmarkedMost = this.everyStart ? 1 : unmarkedMost;
  }

  /** @param attempts with this start counted @param alone nothing else is in flight */
  started(sequenceNumber: string, attempts: AttemptCounts, alone: boolean): void {
    if (this.everyStart) this.#write((marks) => marks.started(sequenceNumber, attempts, alone));
  }

  done(sequenceNumber: string): void {
    if (this.#marks === undefined) return;
    this.#done.push(sequenceNumber);
    if (this.#done.length >= this.#unmarkedMost) this.flush();
  }

  /** Marks what is done. */
  flush(): void {
    const done = this.#done;
    if (done.length === 0) return;
    this.#done = [];
    this.#write((marks) => marks.done(done));
  }

  /** @param running it was timed out, and has not settled */
  learned(sequenceNumber: string, memory: Memory, running: boolean): void {
    if (this.#marks === undefined) return;
    this.flush();
    this.#write((marks) => marks.learned(sequenceNumber, memory, running));
  }

  /** The invocation has ended in order. */
  close(): void {
    this.#write((marks) => marks.close());
    this.#marks = undefined;
  }

  #write(write: (marks: Marks) => void): void {
    if (this.#marks === undefined) return;
    try {
      write(this.#marks);
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#marks = undefined;
    this.#emit({ type: 'ledger-failed', operation: 'mark', error });
  }
}
