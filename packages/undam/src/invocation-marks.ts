import type { AttemptCounts } from './envelope.ts';
import type { Marks, Memories, Memory } from './ledger.ts';
import type { Emit } from './observe.ts';
import type { Watch } from './watch.ts';

/**
 * Records that run, and that are done and not marked yet, together: what a death of the process has run twice at most,
 * unless those that are done were so within the last milliseconds, or since the event loop has had a turn.
 */
const atRiskMost = 32;

/** What was done so lately costs little to do again, and a write of its own would cost more. */
const recentMs = 5;
const recentMost = 256;

/** Records that are marked as done in one write, at least: where more than eleven run at once, that comes before the bound. */
const windowLeast = 22;

/**
 * The marks of one invocation as the engine writes them: successes in windows while nothing has died, everything at once
 * afterwards. Marks that fail cost what they were for, never a record: it says so once and marks no more.
 */
export interface InvocationMarks {
  /** Each start is marked. */
  readonly everyStart: boolean;
  /** Something is about to start, or was done beside what took its place. @param inFlight what runs then, with it */
  beforeStart(inFlight: number, now: number): void;
  /** @param attempts with this start counted @param alone nothing else is in flight */
  started(id: string, attempts: AttemptCounts, alone: boolean): void;
  done(id: string): void;
  /** @param running it was timed out, and has not settled */
  learned(id: string, memory: Memory, running: boolean): void;
  /**
   * The answer is fixed: what it passes is kept until it has left.
   *
   * @param known what earlier invocations have resolved of that
   * @param behind the records from the checkpoint on
   */
  answered(known: Memories, behind: readonly string[]): void;
  /** The invocation fails, or its answer is taken back: that may be behind our last hook. */
  withdraw(): void;
  /** The invocation has ended in order. */
  close(): void;
}

export function invocationMarks(open: (() => Marks) | undefined, emit: Emit, watch: Watch): InvocationMarks {
  let marks: Marks | undefined;
  let closed: Marks | undefined;
  let unmarked: string[] = [];
  /** When something started last, and when it had before the first of `unmarked` was done. */
  let startedAt = 0;
  let since = 0;
  /** Takes back that they are marked before long. */
  let takeBack: (() => void) | undefined;

  function opened(): Marks | undefined {
    try {
      return open?.();
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  function failed(error: unknown): void {
    const broken = marks;
    marks = undefined;
    try {
      // Left open, they would look like a death.
      broken?.close();
    } catch {}
    emit({ type: 'ledger-failed', operation: 'mark', error });
  }

  function write(what: (marks: Marks) => void): void {
    if (marks === undefined) return;
    try {
      what(marks);
    } catch (error) {
      failed(error);
    }
  }

  /** Marks what is done. */
  function flush(): void {
    const done = unmarked;
    takeBack?.();
    takeBack = undefined;
    if (done.length === 0) return;
    unmarked = [];
    write((marks) => marks.done(done));
  }

  marks = opened();
  const everyStart = marks?.everyStart ?? false;

  return {
    everyStart,

    beforeStart(inFlight, now) {
      startedAt = now;
      const most = now - since < recentMs ? recentMost : atRiskMost;
      if (unmarked.length > Math.max(most - inFlight, windowLeast - 1)) flush();
    },

    started(id, attempts, alone) {
      if (everyStart) write((marks) => marks.started(id, attempts, alone));
    },

    done(id) {
      if (marks === undefined) return;
      if (unmarked.length === 0) since = startedAt;
      unmarked.push(id);
      if (everyStart || unmarked.length >= recentMost) flush();
      else if (unmarked.length === windowLeast) takeBack = watch.at(since + recentMs, flush);
    },

    learned(id, memory, running) {
      if (marks === undefined) return;
      flush();
      write((marks) => marks.learned(id, memory, running));
    },

    answered(known, behind) {
      const done = unmarked;
      unmarked = [];
      write((marks) => {
        for (const [id, memory] of known) {
          if (memory.state === 'done') done.push(id);
          else marks.learned(id, memory, false);
        }
        marks.answered(done, behind);
      });
    },

    withdraw() {
      marks ??= closed;
      closed = undefined;
      write((marks) => marks.withdraw());
      marks = undefined;
    },

    close() {
      write((marks) => marks.close());
      closed = marks;
      marks = undefined;
    },
  };
}
