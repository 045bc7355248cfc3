import { Set } from '../../../base/intrinsics.ts';
import { eventChangedBy } from '../../../streams/misread.ts';
import { leftOf } from '../../../streams/touched.ts';
import type { SendListener } from '../../judge/arbiter.ts';
import type { AttemptEnd, FailedAttempt, Next } from '../../judge/attempt-end.ts';
import type { RunOptions } from '../run.ts';
import type { Schedule } from './schedule.ts';

/** Applies the end of an attempt to its record and lane: the lane advances, waits for the sink or a back-off, or stops. */
export class RecordEnds implements SendListener {
  readonly #options: RunOptions;
  readonly #schedule: Schedule;
  readonly #run: { goOn(): void };
  /** Records that start again in place: their handlers may have changed them. */
  readonly #repeated = new Set<number>();

  /** @param run called when a record may start again, or its lane may advance */
  constructor(options: RunOptions, schedule: Schedule, run: { goOn(): void }) {
    this.#options = options;
    this.#schedule = schedule;
    this.#run = run;
    options.arbiter.listener = this;
  }

  /** @throws UndamError `event-changed` if a decoder failed on data that another middleware had decoded: no record is at fault */
  inTime(index: number, end: AttemptEnd): void {
    if (end.how === 'done') this.done(index);
    else {
      this.#demandDelivered(index, end.error);
      this.fail(index, end);
    }
  }

  done(index: number): void {
    this.#options.arbiter.done(index);
    this.#schedule.resolve(index);
  }

  fail(index: number, attempt: FailedAttempt): Next {
    const next = this.#options.arbiter.fail(index, attempt, !this.#schedule.isOver);
    if (next.next === 'quarantine') this.#schedule.pending++;
    else if (next.next === 'again') this.#repeatAt(next.at, index);
    return next;
  }

  /** Schedules another attempt on a record whose failed attempt settled late. */
  repeat(index: number): void {
    const at = this.#schedule.isOver ? undefined : this.#options.arbiter.retryAt(index);
    if (at !== undefined) this.#repeatAt(at, index);
  }

  /** @param at on the clock */
  #repeatAt(at: number, index: number): void {
    this.#schedule.pending++;
    this.#repeated.add(index);
    this.#options.timer.at(at, () => {
      this.#schedule.pending--;
      this.#schedule.again(index);
      this.#run.goOn();
    });
  }

  onSent(index: number, accepted: boolean): void {
    this.#schedule.pending--;
    if (accepted) this.#schedule.resolve(index);
    this.#run.goOn();
  }

  #demandDelivered(index: number, error: unknown): void {
    if (this.#repeated.has(index)) return;
    const { batch, arbiter } = this.#options;
    const changed = eventChangedBy(error, () => leftOf(batch, index));
    if (changed === undefined) return;
    arbiter.giveBack(index, true);
    throw changed;
  }
}
