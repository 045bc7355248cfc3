import type { Stage } from '../../../envelope/envelope.ts';
import type { Next } from '../../judge/arbiter.ts';
import type { Failure } from '../../judge/verdict.ts';
import type { TimerListener } from '../../time/timer.ts';
import type { RunOptions } from '../handler-run.ts';
import { abortSlot, type Slot, type Thrown, timeout } from './slot.ts';

/** The run that the attempts are part of. */
export interface Timed {
  readonly closed: boolean;
  readonly running: ReadonlySet<Slot>;
  /** What runs in the slot does not hold it any more. */
  drop(slot: Slot): void;
  /** No further record starts. */
  endBudget(): void;
  /** Beside what has taken its slot. */
  doneLate(index: number): void;
  /** @param settled the handler will do nothing more: its record may be tried again here */
  fail(index: number, how: Failure, error: unknown, stage: Stage, settled: boolean): Next;
  repeatLater(index: number): boolean;
  /** Starts what may start now, and ends the run where that is nothing. */
  goOn(): void;
}

/** A shorter stand-still is given back without a word. */
const worthAnEventMs = 100;

/**
 * Ends attempts whose time is over, be it their own or the batch's: the signal is aborted, the handler has one turn of
 * the loop to settle, and then it is left to itself.
 */
export class TimeOuts implements TimerListener {
  readonly #options: RunOptions;
  readonly #run: Timed;
  #zombies = 0;
  /** Timed-out handlers that have their last turn. */
  #lastTurns = 0;

  constructor(options: RunOptions, run: Timed) {
    this.#options = options;
    this.#run = run;
  }

  /** Handlers that were timed out or cut off and have not settled. */
  get zombies(): number {
    return this.#zombies;
  }

  /** A handler may yet settle, in a turn of the loop that it was given. */
  get isPending(): boolean {
    return this.#lastTurns > 0;
  }

  /** Time in which the event loop stood still counts against no record. */
  onStoodStill(stoodStillMs: number): void {
    if (stoodStillMs >= worthAnEventMs) this.#options.emit({ type: 'event-loop-blocked', stoodStillMs });
    for (const slot of this.#run.running) {
      slot.endsAt += stoodStillMs;
      slot.stoodStillMs += stoodStillMs;
    }
  }

  /** Ends attempts that have used up their `recordMs`, and answers when the next one will have. */
  onBeat(now: number): number {
    let next = Infinity;
    for (const slot of this.#run.running) {
      if (slot.state !== 'running') continue;
      if (slot.endsAt <= now) this.#timeOut(slot);
      else if (slot.endsAt < next) next = slot.endsAt;
    }
    return next;
  }

  #timeOut(slot: Slot): void {
    const { budget, timer } = this.#options;
    const error = timeout(`the record did not end within its ${budget.recordMs} ms (recordMs)`);
    this.#run.drop(slot);
    this.#zombies++;
    this.#lastTurns++;
    this.#giveUp(slot);
    abortSlot(slot, 'timed-out', error);
    timer.afterTurn(() => {
      this.#lastTurns--;
      if (this.#run.closed) return;
      if (slot.state === 'timed-out') {
        slot.state = 'zombie';
        // An attempt that has not settled is not repeated in the same invocation.
        slot.revisable = this.#run.fail(slot.index, 'timed-out', error, slot.stage, false) === 'redelivery';
      }
      this.#run.goOn();
    });
  }

  /** The budget has ended: what runs has one turn of the loop to settle. */
  cutOff(): void {
    if (this.#run.closed) return;
    this.#run.endBudget();
    const error = timeout("the batch's time budget ended");
    for (const slot of this.#run.running) abortSlot(slot, 'cut', error);
    this.#options.timer.afterTurn(() => {
      if (this.#run.closed) return;
      for (const slot of this.#run.running) {
        slot.state = 'zombie';
        this.#zombies++;
        this.#giveUp(slot);
        this.#cutShort(slot, error, false);
        // Until the response is fixed, a late settlement decides.
        slot.revisable = slot.index !== this.#options.batchState.head;
        this.#run.drop(slot);
      }
      this.#run.goOn();
    });
  }

  /**
   * An attempt that the budget cut off is given back, except to the first record: each response has to move the head. To
   * that one, too, where the event loop stood still for most of its time.
   */
  #cutShort(slot: Slot, error: unknown, settled: boolean): void {
    const { arbiter, ambient, batchState } = this.#options;
    const ranMs = ambient.clock.now() - slot.startedAt;
    const { index, stage } = slot;
    if (index === batchState.head && slot.stoodStillMs < ranMs / 2)
      this.#run.fail(index, 'timed-out', error, stage, settled);
    else arbiter.giveBack(index, settled);
  }

  /** The invocation has ended. */
  close(): void {
    for (const slot of this.#run.running) {
      abortSlot(slot, 'zombie', timeout('the invocation has ended'));
      this.#giveUp(slot);
      this.#run.drop(slot);
    }
  }

  /** The handler is left to itself: whatever runs before it settles does not run alone. */
  #giveUp(slot: Slot): void {
    if (slot.isZombie) return;
    slot.isZombie = true;
    this.#options.environment.zombies++;
  }

  /** The handler has settled. */
  settled(slot: Slot): void {
    if (slot.isZombie) this.#options.environment.zombies--;
    slot.isZombie = false;
  }

  /** A handler settles after its signal was aborted: until the verdict is sent, it decides. */
  settledLate(slot: Slot, ended: 'done' | Thrown): void {
    const { index, state } = slot;
    if (state === 'cut') this.#run.drop(slot);
    else this.#zombies--;
    if (state !== 'zombie' || slot.revisable) {
      if (ended === 'done') this.#run.doneLate(index);
      else if (state === 'timed-out') this.#run.fail(index, 'timed-out', ended.error, slot.stage, true);
      else if (state === 'cut') this.#cutShort(slot, ended.error, true);
      else this.#run.repeatLater(index);
    }
    slot.state = 'zombie';
    slot.revisable = false;
    this.#run.goOn();
  }
}
