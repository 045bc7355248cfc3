import type { Batch } from './batch.ts';
import { noAttempts } from './history.ts';
import type { InvocationMarks } from './invocation-marks.ts';
import type { Memories } from './ledger.ts';
import { asShown, type Hidden, hiddenFromBare, isOf, nothingHidden, resolvedIn, showOpen } from './shown-records.ts';

/** What the handler of an invocation gets to see of the batch that was delivered. */
export class ShownBatch {
  readonly delivered: Batch;
  #event: unknown;
  #memories: Memories = new Map();
  #hidden: Hidden = nothingHidden;
  /** Something is remembered of the batch of a handler that nobody wrapped. */
  #isBare = false;

  constructor(delivered: Batch, event: unknown) {
    this.delivered = delivered;
    this.#event = event;
  }

  /** The event without what is hidden. */
  get event(): unknown {
    return this.#event;
  }

  get hidden(): Hidden {
    return this.#hidden;
  }

  /** What the ledger knows of the batch. */
  get memories(): Memories {
    return this.#memories;
  }

  /** Another middleware may have put another event in the place of the one that was delivered. */
  replace(event: unknown): void {
    this.#event = event;
  }

  /**
   * Hides what is resolved.
   *
   * @param isBare nobody wrapped the handler: it gets all that it sees in one call
   * @param attempts N, as far as it is known
   */
  recalled(memories: Memories, isBare: boolean, attempts: number): void {
    if (memories.size === 0) return;
    const event = this.#event;
    this.#memories = memories;
    this.#isBare = isBare;
    this.#hidden = resolvedIn(this.delivered.sequenceNumbers, memories);
    this.#event = showOpen(event, this.#hidden);
    this.hideMore(event, attempts, undefined);
  }

  /** Hides from a handler that nobody wrapped what it is not to see, too. Answers whether there is something to hide. */
  hideMore(event: unknown, attempts: number, marks: InvocationMarks | undefined): boolean {
    if (!this.#isBare) return false;
    const more = hiddenFromBare(this.delivered.sequenceNumbers, this.#memories, attempts);
    if (marks?.everyStart) this.#unmark(more, marks);
    // What was hidden is not in the event any more.
    this.#hidden = new Set([...this.#hidden, ...more]);
    this.#event = showOpen(event, this.#hidden);
    return true;
  }

  /** A handler that nobody wraps starts on everything at once. @param zombies what runs beside it */
  mark(marks: InvocationMarks, zombies: number): void {
    const shown = this.delivered.sequenceNumbers.filter((sequenceNumber) => !this.#hidden.has(sequenceNumber));
    const isSuspect = shown.length === 1 && this.#memories.get(shown[0]!)?.suspect !== undefined;
    for (const sequenceNumber of shown) {
      const attempts = this.#memories.get(sequenceNumber)?.attempts ?? noAttempts;
      marks.started(sequenceNumber, { ...attempts, started: attempts.started + 1 }, isSuspect && zombies === 0);
    }
  }

  /** What was marked before all settings were known, and does not start after all, is charged with no death. */
  #unmark(hidden: Hidden, marks: InvocationMarks): void {
    for (const sequenceNumber of hidden) {
      const memory = this.#memories.get(sequenceNumber);
      if (memory !== undefined && !this.#hidden.has(sequenceNumber)) marks.learned(sequenceNumber, memory, false);
    }
  }

  /** Whether an event could be this batch's, as another middleware left it. */
  isOf(event: unknown): boolean {
    return isOf(this.delivered, event, this.#hidden);
  }

  /**
   * The batch with its records as other middlewares left them.
   *
   * @throws UndamError `event-changed`
   */
  as(event: unknown): Batch {
    return asShown(this.delivered, event, this.#hidden);
  }
}
