import type { AttemptCounts } from '../../envelope/envelope.ts';
import type { Marks, Memories, Memory } from '../../ledgers/ledger.ts';
import type { Emit } from '../../observe/events.ts';
import type { Timer } from '../time/timer.ts';

/**
 * Bound on running records plus done but unmarked ones. A death of the process repeats no more than these, except records done in
 * its last milliseconds, or since the last turn of the event loop.
 */
const maxAtRisk = 32;

/** Records done this recently are cheap to repeat, and a write of their own would cost more. */
const recentMs = 5;
const maxRecent = 256;

/** The minimum number of done records per write. With more than eleven running records it takes precedence over the bound. */
const minWindow = 22;

/**
 * The marks of one invocation as the engine writes them: successes in windows while no process has died, each start and end at
 * once after a death. Failed marks cost the memory of a crash, never a record: one event reports the failure, and marking stops.
 */
export class InvocationMarks {
  #marks: Marks | undefined;
  #closed: Marks | undefined;
  readonly #emit: Emit;
  readonly #timer: Timer;
  /** True if each start is marked. */
  readonly everyStart: boolean;
  #done: string[] = [];
  /** The time of the last start, and of the last start before the first record of `#done` was done. */
  #startedAt = 0;
  #since = 0;
  /** Cancels the scheduled write. */
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

  /**
   * Called before each start, and when a late success adds an unmarked record beside the running ones.
   *
   * @param inFlight the number of records then running, the new one included
   */
  beforeStart(inFlight: number, now: number): void {
    this.#startedAt = now;
    const max = now - this.#since < recentMs ? maxRecent : maxAtRisk;
    if (this.#done.length > Math.max(max - inFlight, minWindow - 1)) this.#flush();
  }

  /** @param attempts including this start @param alone nothing else is in flight */
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

  /** Marks the done records. */
  readonly #flush = (): void => {
    const done = this.#done;
    this.#takeBack?.();
    this.#takeBack = undefined;
    if (done.length === 0) return;
    this.#done = [];
    this.#write((marks) => marks.done(done));
  };

  /** @param running the attempt timed out and has not settled */
  learned(id: string, memory: Memory, running: boolean): void {
    if (this.#marks === undefined) return;
    this.#flush();
    this.#write((marks) => marks.learned(id, memory, running));
  }

  /**
   * The answer is fixed: the marks keep the records that it passes until it has left.
   *
   * @param known the passed records that earlier invocations resolved
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

  /** The invocation fails or takes its answer back, possibly after our last hook. */
  withdraw(): void {
    this.#marks ??= this.#closed;
    this.#closed = undefined;
    this.#write((marks) => marks.withdraw());
    this.#marks = undefined;
  }

  /** The invocation has ended normally. */
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
      // Open marks would look like a death.
      broken?.close();
    } catch {}
    this.#emit({ type: 'ledger-failed', operation: 'mark', error });
  }
}
