import { Promise, Set } from '../../../base/intrinsics.ts';
import type { AttemptEnd } from '../../judge/attempt-end.ts';
import type { Run, RunOptions } from '../run.ts';
import { mustEndBefore } from '../suspect-barrier.ts';
import { Zombies } from '../zombies.ts';
import { Attempt } from './record-attempt.ts';
import { RecordCalls } from './record-calls.ts';
import { RecordEnds } from './record-ends.ts';
import type { RecordHandling } from './record-handling.ts';
import { Schedule } from './schedule.ts';
import { Slot, type SlotOwner } from './slot.ts';
import { TimeOuts, timeout } from './time-outs.ts';
import { Turn } from './turn.ts';

/** Runs the handler on the records of a batch, lane by lane, until each record has ended, or the budget. */
export class RecordRun implements Run, SlotOwner {
  readonly #options: RunOptions;
  readonly #schedule: Schedule;
  readonly #calls: RecordCalls;
  readonly #ends: RecordEnds;
  readonly #timeOuts: TimeOuts;
  readonly #turn: Turn;
  readonly #zombies: Zombies;
  readonly #running = new Set<Slot>();
  /** True once the outcome is fixed: nothing that settles changes it. */
  #isClosed = false;
  /** The time of the last start, on the clock. */
  #now = 0;
  #finish: () => void = () => {};
  #fault: (error: unknown) => void = () => {};

  constructor(options: RunOptions, handling: RecordHandling) {
    const { batch, batchState, timer, budget, environment, emit } = options;
    const suspects = batchState.suspects();
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    this.#options = options;
    this.#schedule = new Schedule(batch, handling.order, handling.concurrency, suspects);
    this.#calls = new RecordCalls(options, handling);
    this.#ends = new RecordEnds(options, this.#schedule, this);
    this.#timeOuts = new TimeOuts(this.#running, timer, budget.recordMs, emit);
    this.#zombies = new Zombies(environment.zombies);
    this.#turn = new Turn(environment, timer, budget.retryBy, this);
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Rejects only with `event-changed`, or on a fault of Undam itself. */
  run(): Promise<void> {
    const { timer, budget, batchState, ambient, environment } = this.#options;
    environment.join(this.#turn);
    return new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fault = reject;
      timer.watchOver(budget.recordMs);
      timer.listener = this.#timeOuts;
      timer.at(budget.endsAt, () => {
        if (this.#isClosed) return;
        this.endBudget();
        this.#timeOuts.cutOff();
      });
      if (batchState.wasGivenBack(batchState.head)) {
        this.#schedule.keepHeadAlone();
        const now = ambient.clock.now();
        timer.at(now + (budget.endsAt - now) / 2, () => {
          if (this.#schedule.admitOthers()) this.goOn();
        });
      }
      this.goOn();
    });
  }

  close(): void {
    const { environment } = this.#options;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#schedule.isOver = true;
    for (const slot of this.#running) {
      slot.abort('zombie', timeout('the invocation has ended'));
      this.#zombies.giveUp();
      this.#running.delete(slot);
    }
    environment.leave(this.#turn);
  }

  endBudget(): void {
    if (this.#schedule.isOver) return;
    this.#schedule.isOver = true;
    this.#options.emit({ type: 'budget-ended', running: this.#running.size });
    this.#turn.wake();
  }

  /** Starts every record that may start now, and ends the run if nothing is left. */
  goOn(): void {
    if (this.#isClosed) return;
    this.#fill();
    this.#finishWhenIdle();
  }

  /** Callers check for completion. Checking per slot would recurse once per suspect and overflow the stack. */
  #fill(): void {
    while (this.#running.size < this.#schedule.concurrency) {
      const index = this.#take();
      if (index < 0) return;
      const slot = new Slot(index, this);
      this.#running.add(slot);
      try {
        this.#work(slot);
      } catch (fault) {
        this.#fault(fault);
      }
    }
  }

  /** The next record to start; -1 if there is none now. */
  #take(): number {
    const { arbiter, environment } = this.#options;
    while (!this.#schedule.isOver) {
      if (environment.isReserved && !this.#turn.has(false)) return -1;
      const index = this.#schedule.take();
      if (index < 0) return index;
      const standing = arbiter.standing(index);
      if (standing === 'may-start') return index === this.#schedule.alone ? this.#takeSuspect(index) : index;
      if (standing === 'resolved') this.#schedule.resolve(index);
      else this.#schedule.pending++;
    }
    return -1;
  }

  #takeSuspect(index: number): number {
    if (mustEndBefore(index, this.#options)) this.#schedule.isOver = true;
    else if (this.#turn.has(true)) return index;
    else this.#schedule.again(index);
    return -1;
  }

  /** Runs one record after the other in the slot, until it waits for one. False if no record is left for it. */
  #work(slot: Slot): boolean {
    while (slot.index >= 0 && this.#hasTime()) {
      const end = this.#start(slot);
      if (end === undefined || !this.#endsInTime(slot, end)) return true;
    }
    this.#running.delete(slot);
    return false;
  }

  #hasTime(): boolean {
    const { ambient, budget } = this.#options;
    this.#now = ambient.clock.now();
    if (this.#now < budget.endsAt) return true;
    this.endBudget();
    return false;
  }

  #start(slot: Slot): AttemptEnd | undefined {
    const { arbiter, budget, environment } = this.#options;
    arbiter.beforeStart(this.#running.size, this.#now);
    slot.number = arbiter.start(slot.index, slot.index === this.#schedule.alone && environment.zombies.count === 0);
    slot.startedAt = this.#now;
    slot.stoodStillMs = 0;
    slot.endsAt = this.#now + budget.recordMs;
    return this.#calls.call(slot);
  }

  settled(slot: Slot, end: AttemptEnd): void {
    try {
      if (this.#endsInTime(slot, end) && !this.#work(slot)) this.#finishWhenIdle();
    } catch (fault) {
      this.#fault(fault);
    }
  }

  /** Applies the end of an attempt, and takes the slot's next record. False if the slot ends here. */
  #endsInTime(slot: Slot, end: AttemptEnd): boolean {
    if (this.#isClosed || slot.state !== 'running') {
      this.#endLate(slot, end);
      return false;
    }
    if (slot.attempt !== undefined) Attempt.release(slot.attempt);
    slot.attempt = undefined;
    this.#ends.inTime(slot.index, end);
    if (this.#schedule.admitOthers()) this.#fill();
    slot.index = this.#take();
    return true;
  }

  #endLate(slot: Slot, end: AttemptEnd): void {
    const { arbiter, ambient } = this.#options;
    if (slot.isGivenUp) this.#zombies.settled();
    const now = ambient.clock.now();
    const late = slot.settleLate(end, now);
    if (this.#isClosed) return;
    this.#drop(slot);
    if (late === 'again') this.#ends.repeat(slot.index);
    else if (late?.how === 'done') {
      this.#ends.done(slot.index);
      // The slot's next record runs beside this one: together they may exceed the number that a death may run twice.
      arbiter.beforeStart(this.#running.size, now);
    } else if (late !== undefined) this.#ends.fail(slot.index, late);
    this.goOn();
  }

  timedOut(slot: Slot): void {
    this.#drop(slot);
    this.#schedule.pending++;
    this.#zombies.giveUp();
  }

  turnOver(slot: Slot): void {
    const { ambient, batchState } = this.#options;
    const isCutOff = this.#running.has(slot);
    if (!isCutOff) this.#schedule.pending--;
    if (this.#isClosed) return;
    if (isCutOff) this.#zombies.giveUp();
    if (slot.state !== 'settled') {
      const { next } = this.#ends.fail(slot.index, slot.giveUp(ambient.clock.now()));
      slot.revisable = next === 'redelivery' && !(isCutOff && slot.index === batchState.head);
    }
    this.#drop(slot);
    this.goOn();
  }

  /** Takes the slot from the attempt. */
  #drop(slot: Slot): void {
    this.#running.delete(slot);
    this.#schedule.admitOthers();
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#schedule.pending === 0 && !this.#turn.isWaiting;
  }

  #finishWhenIdle(): void {
    const { environment, emit } = this.#options;
    if (!this.isBusy) environment.idle();
    if (this.#isClosed) return;
    while (this.#isIdle && this.#schedule.pass()) {
      if (this.#schedule.alone === undefined) environment.release(this.#turn);
      this.#fill();
    }
    if (!this.#isIdle) return;
    this.close();
    const { count } = this.#zombies;
    if (count > 0) emit({ type: 'zombies', count });
    this.#finish();
  }
}
