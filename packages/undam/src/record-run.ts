import { AsyncLocalStorage } from 'node:async_hooks';
import { Attempt } from './attempt.ts';
import { Barrier } from './barrier.ts';
import type { Batch } from './batch.ts';
import type { Budget } from './budget.ts';
import type { Ambient } from './clock.ts';
import type { Crew, Member } from './crew.ts';
import type { Acknowledged, FailSteps, Failure, Fates, Next } from './fates.ts';
import type { Stage } from './judge.ts';
import type { LambdaContext } from './lambda-context.ts';
import { Lanes, type Order } from './lanes.ts';
import type { Emit } from './observe.ts';
import { fullJitter, type Retry } from './retry.ts';
import { abortSlot, Slot, type Thrown, timeout } from './slot.ts';
import type { StreamRecord } from './source.ts';
import { isThenable, whenSettled } from './thenable.ts';
import type { Watch } from './watch.ts';

export interface RecordRunOptions {
  readonly batch: Batch;
  readonly fates: Fates;
  readonly context: LambdaContext;
  readonly handler: (record: StreamRecord, attempt: Attempt<unknown>) => unknown;
  readonly decode: ((record: StreamRecord) => unknown) | undefined;
  readonly order: Order;
  readonly concurrency: number;
  readonly retry: Retry;
  readonly budget: Budget;
  readonly ambient: Ambient;
  readonly watch: Watch;
  readonly crew: Crew;
  readonly emit: Emit;
}

/** How a start ended, or that it is waited for. */
type Ended = 'done' | Thrown | 'later';

/** A shorter stand-still is given back without a word. */
const worthAnEventMs = 100;

/** Runs the handler on the records of a batch, lane by lane, until each has ended or the budget has. */
export class RecordRun implements Member {
  readonly #options: RecordRunOptions;
  readonly #lanes: Lanes;
  readonly #steps: FailSteps;
  readonly #running = new Set<Slot>();
  readonly #stepsUnsettled: FailSteps;
  /** Handlers that were timed out or cut off and have not settled. */
  #zombies = 0;
  /** Back-offs, sends and turns that are waited for. */
  #pending = 0;
  /** The first record was cut off before, perhaps because of its neighbours: until it ends, or for half the time, it runs alone. */
  #headAlone = false;
  readonly #barrier: Barrier;
  /** Set while another invocation of this process runs a suspect alone: calls in the asynchronous context of this one. */
  #waits: (<T>(call: () => T) => T) | undefined;
  /** No further record starts. */
  #ended = false;
  /** The outcome stands; whatever settles later is ignored. */
  #closed = false;
  /** When the last record was started. */
  #now = 0;
  #finish: () => void = () => {};
  #fault: (error: unknown) => void = () => {};

  constructor(options: RecordRunOptions) {
    this.#options = options;
    const { batch, order, fates, emit } = options;
    this.#lanes = new Lanes(batch.partitionKeys, order);
    const suspects = fates.suspects();
    this.#barrier = new Barrier(suspects);
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    const acknowledged: Acknowledged = (index, accepted) => this.#acknowledged(index, accepted);
    this.#steps = { acknowledged, mayRepeat: (index) => this.#repeatLater(index), settled: true };
    this.#stepsUnsettled = { acknowledged, mayRepeat: () => false, settled: false };
  }

  get busy(): boolean {
    return this.#running.size > 0;
  }

  wake(): void {
    const inContext = this.#waits;
    if (inContext === undefined) return;
    this.#waits = undefined;
    this.#pending--;
    if (this.#closed) return;
    inContext(() => {
      this.#fill();
      this.#finishWhenIdle();
    });
  }

  /** Settles when every outcome stands: rejects only on a fault of ours. */
  run(): Promise<void> {
    const { watch, budget, fates, ambient, crew } = this.#options;
    crew.join(this);
    return new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fault = reject;
      watch.watchOver(budget.recordMs);
      watch.onBeat = (now) => this.#timeOutLate(now);
      watch.onStoodStill = (ms) => this.#giveBack(ms);
      watch.at(budget.endsAt, () => this.#cutOff());
      this.#headAlone = fates.wasGivenBack(0);
      if (this.#headAlone) {
        const now = ambient.clock.now();
        watch.at(now + (budget.endsAt - now) / 2, () => {
          this.#admitOthers();
          this.#finishWhenIdle();
        });
      }
      this.#fill();
      this.#finishWhenIdle();
    });
  }

  /** From here on nothing starts, and nothing that settles has an effect. */
  close(): void {
    this.#ended = true;
    this.#closed = true;
    for (const slot of this.#running) {
      abortSlot(slot, 'zombie', timeout('the invocation has ended'));
      this.#giveUp(slot);
    }
    this.#running.clear();
    this.#options.crew.leave(this);
  }

  /** The handler is left to itself: whatever runs before it settles does not run alone. */
  #giveUp(slot: Slot): void {
    if (slot.isZombie) return;
    slot.isZombie = true;
    this.#options.crew.zombies++;
  }

  get #mostAtOnce(): number {
    return this.#headAlone || this.#barrier.alone !== undefined ? 1 : this.#options.concurrency;
  }

  /** Whoever calls this looks afterwards whether all has ended: not each slot, or as many suspects would be as many calls deep. */
  #fill(): void {
    while (this.#running.size < this.#mostAtOnce) {
      const index = this.#take();
      if (index < 0) return;
      const slot = new Slot(index, this.#goOn);
      this.#running.add(slot);
      this.#goOn(slot);
    }
  }

  /** The next record that really starts; -1 if there is none now. */
  #take(): number {
    while (!this.#ended) {
      if (this.#options.crew.mustWait(this)) return this.#wait();
      const index = this.#lanes.take(this.#barrier.end);
      if (index < 0) return index;
      const standing = this.#options.fates.standing(index, this.#steps.acknowledged);
      if (standing === 'may-start') return index === this.#barrier.alone ? this.#takeSuspect(index) : index;
      if (standing === 'resolved') this.#lanes.resolve(index);
      else this.#pending++;
    }
    return -1;
  }

  #takeSuspect(index: number): number {
    const { fates, crew } = this.#options;
    if (fates.endsBefore(index, crew.zombies)) {
      this.#ended = true;
      return -1;
    }
    if (crew.claim(this)) return index;
    this.#lanes.again(index);
    return this.#wait();
  }

  /** Where no budget cuts off what runs, it does not wait longer for that. */
  #wait(): number {
    if (this.#waits !== undefined) return -1;
    const { watch, budget } = this.#options;
    this.#waits = AsyncLocalStorage.snapshot();
    this.#pending++;
    watch.at(budget.retryBy, () => {
      if (this.#waits !== undefined) this.#endBudget();
    });
    return -1;
  }

  /** The next turn, where there is one. */
  #passBarrier(): boolean {
    if (this.#ended || !this.#barrier.pass()) return false;
    if (this.#barrier.alone === undefined) this.#options.crew.release(this);
    return true;
  }

  /** Goes on with a slot, behind what was waited for, if anything. A fault of ours ends the run. */
  readonly #goOn = (slot: Slot, ended?: 'done' | Thrown): void => {
    try {
      if (ended === undefined) this.#work(slot);
      else if (this.#end(slot, ended) && !this.#work(slot)) this.#finishWhenIdle();
    } catch (fault) {
      this.#fault(fault);
    }
  };

  /**
   * Runs one record after the other in its slot, until one is waited for or the slot was handed over, or until there is
   * none: then it answers `false`.
   */
  #work(slot: Slot): boolean {
    while (slot.index >= 0 && this.#hasTime()) {
      const ended = this.#start(slot);
      if (ended === 'later' || !this.#end(slot, ended)) return true;
    }
    this.#running.delete(slot);
    return false;
  }

  #hasTime(): boolean {
    const { ambient, budget } = this.#options;
    this.#now = ambient.clock.now();
    if (this.#now < budget.endsAt) return true;
    this.#endBudget();
    return false;
  }

  #start(slot: Slot): Ended {
    const { decode, fates, batch, budget, crew } = this.#options;
    fates.beforeStart(this.#running.size);
    slot.number = fates.start(slot.index, slot.index === this.#barrier.alone && crew.zombies === 0);
    slot.startedAt = this.#now;
    slot.stoodStillMs = 0;
    slot.endsAt = this.#now + budget.recordMs;
    slot.stage = 'decode';
    if (decode === undefined) return this.#handle(slot, undefined);
    try {
      const decoded = decode(batch.records[slot.index]!);
      if (!isThenable(decoded)) return this.#handle(slot, decoded);
      whenSettled(decoded, (value) => this.#decoded(slot, value), slot.rejected);
      return 'later';
    } catch (error) {
      return { error };
    }
  }

  #decoded(slot: Slot, decoded: unknown): void {
    // Its time ended while it was decoded: the handler is not started any more.
    const ended = slot.state === 'running' ? this.#handle(slot, decoded) : { error: slot.abortedBy };
    if (ended !== 'later') this.#goOn(slot, ended);
  }

  #handle(slot: Slot, decoded: unknown): Ended {
    const { handler, batch, context } = this.#options;
    slot.stage = 'handler';
    try {
      slot.attempt = new Attempt(slot.number, decoded, context, slot);
      const answer = handler(batch.records[slot.index]!, slot.attempt);
      if (!isThenable(answer)) return 'done';
      // Callbacks of the slot, and not `await`, whose closures are new for each record: some 200 bytes.
      whenSettled(answer, slot.resolved, slot.rejected);
      return 'later';
    } catch (error) {
      return { error };
    }
  }

  /** Answers whether the slot goes on, and with which record. */
  #end(slot: Slot, ended: 'done' | Thrown): boolean {
    if (slot.isZombie) this.#options.crew.zombies--;
    slot.isZombie = false;
    if (this.#closed) return false;
    if (slot.state !== 'running') {
      this.#settleLate(slot, ended);
      return false;
    }
    if (slot.attempt !== undefined) Attempt.release(slot.attempt);
    slot.attempt = undefined;
    if (ended === 'done') this.#done(slot.index);
    else this.#fail(slot.index, 'rejected', ended.error, slot.stage);
    this.#admitOthers();
    slot.index = this.#take();
    return true;
  }

  #admitOthers(): void {
    if (!this.#headAlone) return;
    this.#headAlone = false;
    this.#fill();
  }

  #done(index: number): void {
    this.#options.fates.done(index);
    this.#lanes.resolve(index);
  }

  /** Beside what has taken its slot: together they may be more than a death may have run twice. */
  #doneLate(index: number): void {
    this.#done(index);
    this.#options.fates.beforeStart(this.#running.size);
  }

  #fail(index: number, how: Failure, error: unknown, stage: Stage, steps: FailSteps = this.#steps): Next {
    const next = this.#options.fates.fail(index, how, error, stage, steps);
    if (next === 'quarantine') this.#pending++;
    return next;
  }

  #acknowledged(index: number, accepted: boolean): void {
    this.#pending--;
    if (this.#closed) return;
    if (accepted) this.#lanes.resolve(index);
    this.#fill();
    this.#finishWhenIdle();
  }

  /** Another attempt in place after a back-off, unless the budget ends first. */
  #repeatLater(index: number): boolean {
    const { retry, ambient, watch, budget, fates } = this.#options;
    if (retry === 'redelivery' || this.#ended) return false;
    const at = ambient.clock.now() + fullJitter(retry, fates.charges(index), ambient.random);
    if (at >= budget.retryBy) return false;
    this.#pending++;
    watch.at(at, () => {
      this.#pending--;
      if (this.#closed) return;
      this.#lanes.again(index);
      this.#fill();
      this.#finishWhenIdle();
    });
    return true;
  }

  /** Time in which the event loop stood still counts against no record. */
  #giveBack(stoodStillMs: number): void {
    if (stoodStillMs >= worthAnEventMs) this.#options.emit({ type: 'event-loop-blocked', stoodStillMs });
    for (const slot of this.#running) {
      slot.endsAt += stoodStillMs;
      slot.stoodStillMs += stoodStillMs;
    }
  }

  #timeOutLate(now: number): number {
    let next = Infinity;
    for (const slot of this.#running) {
      if (slot.state !== 'running') continue;
      if (slot.endsAt <= now) this.#timeOut(slot);
      else if (slot.endsAt < next) next = slot.endsAt;
    }
    return next;
  }

  /** The signal is aborted and the slot handed over; the handler has one turn of the loop to settle. */
  #timeOut(slot: Slot): void {
    const { budget, watch } = this.#options;
    const error = timeout(`the record did not end within its ${budget.recordMs} ms (recordMs)`);
    this.#running.delete(slot);
    this.#headAlone = false;
    this.#zombies++;
    this.#pending++;
    this.#giveUp(slot);
    abortSlot(slot, 'timed-out', error);
    watch.afterTurn(() => {
      this.#pending--;
      if (this.#closed) return;
      if (slot.state === 'timed-out') {
        slot.state = 'zombie';
        // An attempt that has not settled is not repeated in the same invocation.
        slot.revisable = this.#fail(slot.index, 'timed-out', error, slot.stage, this.#stepsUnsettled) === 'redelivery';
      }
      this.#fill();
      this.#finishWhenIdle();
    });
  }

  #endBudget(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.emit({ type: 'budget-ended', running: this.#running.size });
    this.wake();
  }

  /** The budget has ended: what runs has one turn of the loop to settle, then the handlers are left to themselves. */
  #cutOff(): void {
    if (this.#closed) return;
    this.#endBudget();
    const error = timeout("the batch's time budget ended");
    for (const slot of this.#running) abortSlot(slot, 'cut', error);
    this.#options.watch.afterTurn(() => {
      if (this.#closed) return;
      for (const slot of this.#running) {
        slot.state = 'zombie';
        this.#zombies++;
        this.#giveUp(slot);
        this.#cutShort(slot, error, this.#stepsUnsettled);
        // Until the response is fixed, a late settlement decides.
        slot.revisable = slot.index > 0;
      }
      this.#running.clear();
      this.#finishWhenIdle();
    });
  }

  /**
   * An attempt that the budget cut off is given back, except to the first record: each response has to move the head. To
   * that one, too, where the event loop stood still for most of its time.
   */
  #cutShort(slot: Slot, error: unknown, steps: FailSteps): void {
    const ranMs = this.#options.ambient.clock.now() - slot.startedAt;
    if (slot.index === 0 && slot.stoodStillMs < ranMs / 2) this.#fail(0, 'timed-out', error, slot.stage, steps);
    else this.#options.fates.giveBack(slot.index, steps.settled);
  }

  /** A handler settles after its signal was aborted: until the verdict is sent, it decides. */
  #settleLate(slot: Slot, ended: 'done' | Thrown): void {
    const { index, state } = slot;
    if (state === 'cut') this.#running.delete(slot);
    else this.#zombies--;
    if (state !== 'zombie' || slot.revisable) {
      if (ended === 'done') this.#doneLate(index);
      else if (state === 'timed-out') this.#fail(index, 'timed-out', ended.error, slot.stage);
      else if (state === 'cut') this.#cutShort(slot, ended.error, this.#steps);
      else this.#repeatLater(index);
    }
    slot.state = 'zombie';
    slot.revisable = false;
    this.#fill();
    this.#finishWhenIdle();
  }

  #finishWhenIdle(): void {
    if (!this.busy) this.#options.crew.idle();
    if (this.#closed) return;
    while (this.#running.size === 0 && this.#pending === 0 && this.#passBarrier()) this.#fill();
    if (this.#running.size > 0 || this.#pending > 0) return;
    this.close();
    if (this.#zombies > 0) this.#options.emit({ type: 'zombies', count: this.#zombies });
    this.#finish();
  }
}
