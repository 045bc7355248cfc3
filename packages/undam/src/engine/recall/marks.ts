import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { Marks, Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import type { Timer } from '../time/timer.ts';

/**
 * Records that run, and that are done and not marked yet, together: what a death of the process has run twice at most,
 * unless those that are done were so within the last milliseconds, or since the event loop has had a turn.
 */
const maxAtRisk = 32;

/** What was done so lately costs little to do again, and a write of its own would cost more. */
const recentMs = 5;
const maxRecent = 256;

/** Records that are marked as done in one write, at least: where more than eleven run at once, that comes before the bound. */
const minWindow = 22;

/**
 * The marks of one invocation as the engine writes them: successes in windows while nothing has died, everything at once
 * afterwards. Marks that fail cost what they were for, never a record: it says so once and marks no more.
 */
export class InvocationMarks {
  #marks: Marks | undefined;
  #closed: Marks | undefined;
  readonly #emit: Emit;
  readonly #timer: Timer;
  /** Each start is marked. */
  readonly everyStart: boolean;
  #done: string[] = [];
  /** When something started last, and when it had before the first of `#done` was done. */
  #startedAt = 0;
  #since = 0;
  /** Takes back that they are marked before long. */
  #takeBack: (() => void) | undefined;

  constructor(open: (() => Marks) | undefined, emit: Emit, timer: Timer) {
    this.#emit = emit;
    this.#timer = timer;
    try {
      this.#marks = open?.();
    } catch (error) {
      this.#failed(error);
    }
    this.everyStart = this.#marks?.everyStart ?? false;
  }

  /** Something is about to start, or was done beside what took its place. @param inFlight what runs then, with it */
  beforeStart(inFlight: number, now: number): void {
    this.#startedAt = now;
    const max = now - this.#since < recentMs ? maxRecent : maxAtRisk;
    if (this.#done.length > Math.max(max - inFlight, minWindow - 1)) this.#flush();
  }

  /** @param attempts with this start counted @param alone nothing else is in flight */
  started(id: string, attempts: AttemptCounts, alone: boolean): void {
    if (this.everyStart) this.#write((marks) => marks.started(id, attempts, alone));
  }

  done(id: string): void {
    if (this.#marks === undefined) return;
    if (this.#done.length === 0) this.#since = this.#startedAt;
    this.#done.push(id);
    if (this.everyStart || this.#done.length >= maxRecent) this.#flush();
    else if (this.#done.length === minWindow) this.#takeBack = this.#timer.at(this.#since + recentMs, this.#flush);
  }

  /** Marks what is done. */
  readonly #flush = (): void => {
    const done = this.#done;
    this.#takeBack?.();
    this.#takeBack = undefined;
    if (done.length === 0) return;
    this.#done = [];
    this.#write((marks) => marks.done(done));
  };

  /** @param running it was timed out, and has not settled */
  learned(id: string, memory: Memory, running: boolean): void {
    if (this.#marks === undefined) return;
    this.#flush();
    this.#write((marks) => marks.learned(id, memory, running));
  }

  /**
   * The answer is fixed: what it passes is kept until it has left.
   *
   * @param known what earlier invocations have resolved of that
   * @param behind the records from the checkpoint on
   */
  answered(known: Memories, behind: readonly string[]): void {
    const done = this.#done;
    this.#done = [];
    this.#write((marks) => {
      for (const [id, memory] of known) {
        if (memory.state === 'done') done.push(id);
        else marks.learned(id, memory, false);
      }
      marks.answered(done, behind);
    });
  }

  /** The invocation fails, or its answer is taken back: that may be behind our last hook. */
  withdraw(): void {
    this.#marks ??= this.#closed;
    this.#closed = undefined;
    this.#write((marks) => marks.withdraw());
    this.#marks = undefined;
  }

  /** The invocation has ended in order. */
  close(): void {
    this.#write((marks) => marks.close());
    this.#closed = this.#marks;
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
    const broken = this.#marks;
    this.#marks = undefined;
    try {
      // Left open, they would look like a death.
      broken?.close();
    } catch {}
    this.#emit({ type: 'ledger-failed', operation: 'mark', error });
  }
}
