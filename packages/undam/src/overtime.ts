import type { Next } from './arbiter.ts';
import type { Stage } from './judge.ts';
import type { RunOptions } from './run.ts';
import { abortSlot, type Slot, type Thrown, timeout } from './slot.ts';
import type { Failure } from './verdict.ts';

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
export interface Overtime {
  /** Handlers that were timed out or cut off and have not settled. */
  readonly zombies: number;
  /** A handler may yet settle, in a turn of the loop that it was given. */
  readonly isPending: boolean;
  /** Time in which the event loop stood still counts against no record. */
  stoodStill(stoodStillMs: number): void;
  /** Ends attempts that have used up their `recordMs`, and answers when the next one will have. */
  timeOutLate(now: number): number;
  /** The budget has ended: what runs has one turn of the loop to settle. */
  cutOff(): void;
  /** The invocation has ended. */
  close(): void;
  /** The handler has settled. */
  settled(slot: Slot): void;
  /** A handler settles after its signal was aborted: until the verdict is sent, it decides. */
  settledLate(slot: Slot, ended: 'done' | Thrown): void;
}

export function overtimeOf({ arbiter, fates, budget, ambient, watch, crew, emit }: RunOptions, run: Timed): Overtime {
  let zombies = 0;
  /** Timed-out handlers that have their last turn. */
  let lastTurns = 0;

  function timeOut(slot: Slot): void {
    const error = timeout(`the record did not end within its ${budget.recordMs} ms (recordMs)`);
    run.drop(slot);
    zombies++;
    lastTurns++;
    giveUp(slot);
    abortSlot(slot, 'timed-out', error);
    watch.afterTurn(() => {
      lastTurns--;
      if (run.closed) return;
      if (slot.state === 'timed-out') {
        slot.state = 'zombie';
        // An attempt that has not settled is not repeated in the same invocation.
        slot.revisable = run.fail(slot.index, 'timed-out', error, slot.stage, false) === 'redelivery';
      }
      run.goOn();
    });
  }

  /**
   * An attempt that the budget cut off is given back, except to the first record: each response has to move the head. To
   * that one, too, where the event loop stood still for most of its time.
   */
  function cutShort(slot: Slot, error: unknown, settled: boolean): void {
    const ranMs = ambient.clock.now() - slot.startedAt;
    const { index, stage } = slot;
    if (index === fates.head && slot.stoodStillMs < ranMs / 2) run.fail(index, 'timed-out', error, stage, settled);
    else arbiter.giveBack(index, settled);
  }

  /** The handler is left to itself: whatever runs before it settles does not run alone. */
  function giveUp(slot: Slot): void {
    if (slot.isZombie) return;
    slot.isZombie = true;
    crew.zombies++;
  }

  return {
    get zombies() {
      return zombies;
    },

    get isPending() {
      return lastTurns > 0;
    },

    stoodStill(stoodStillMs) {
      if (stoodStillMs >= worthAnEventMs) emit({ type: 'event-loop-blocked', stoodStillMs });
      for (const slot of run.running) {
        slot.endsAt += stoodStillMs;
        slot.stoodStillMs += stoodStillMs;
      }
    },

    timeOutLate(now) {
      let next = Infinity;
      for (const slot of run.running) {
        if (slot.state !== 'running') continue;
        if (slot.endsAt <= now) timeOut(slot);
        else if (slot.endsAt < next) next = slot.endsAt;
      }
      return next;
    },

    cutOff() {
      if (run.closed) return;
      run.endBudget();
      const error = timeout("the batch's time budget ended");
      for (const slot of run.running) abortSlot(slot, 'cut', error);
      watch.afterTurn(() => {
        if (run.closed) return;
        for (const slot of run.running) {
          slot.state = 'zombie';
          zombies++;
          giveUp(slot);
          cutShort(slot, error, false);
          // Until the response is fixed, a late settlement decides.
          slot.revisable = slot.index !== fates.head;
          run.drop(slot);
        }
        run.goOn();
      });
    },

    close() {
      for (const slot of run.running) {
        abortSlot(slot, 'zombie', timeout('the invocation has ended'));
        giveUp(slot);
        run.drop(slot);
      }
    },

    settled(slot) {
      if (slot.isZombie) crew.zombies--;
      slot.isZombie = false;
    },

    settledLate(slot, ended) {
      const { index, state } = slot;
      if (state === 'cut') run.drop(slot);
      else zombies--;
      if (state !== 'zombie' || slot.revisable) {
        if (ended === 'done') run.doneLate(index);
        else if (state === 'timed-out') run.fail(index, 'timed-out', ended.error, slot.stage, true);
        else if (state === 'cut') cutShort(slot, ended.error, true);
        else run.repeatLater(index);
      }
      slot.state = 'zombie';
      slot.revisable = false;
      run.goOn();
    },
  };
}
