import { fullJitter } from '../../../base/backoff.ts';
import { Promise, Set } from '../../../base/intrinsics.ts';
import type { Stage } from '../../../envelope/envelope.ts';
import { eventChangedBy } from '../../../streams/misread.ts';
import { leftOf } from '../../../streams/touched.ts';
import type { Acknowledged, FailSteps, Next } from '../../judge/arbiter.ts';
import type { Failure } from '../../judge/verdict.ts';
import { Barrier } from '../barrier.ts';
import type { Member } from '../environment.ts';
import type { Run, RunOptions } from '../handler-run.ts';
import { Lanes, laneNames, type Order } from '../lanes.ts';
import { Attempt } from './attempt.ts';
import { type Ended, type RecordCallees, RecordCalls } from './record-calls.ts';
import { Slot, type Thrown } from './slot.ts';
import { type Timed, TimeOuts } from './time-outs.ts';

/** A handler of one record, and how it is run over a batch. */
export interface RecordHandling extends RecordCallees {
  readonly order: Order;
  readonly concurrency: number;
}

/**
 * Records at once where nothing is said: below the 50 sockets of an AWS SDK client, so that no call waits for one within its
 * record's time, and enough that ten slow records stop nobody. `npm run bench -- --only concurrency` has the figures.
 */
export const defaultConcurrency = 32;

/** Runs the handler on the records of a batch, lane by lane, until each has ended or the budget has. */
export class RecordRun implements Run, Member, Timed {
  readonly #options: RunOptions;
  readonly #concurrency: number;
  readonly #lanes: Lanes;
  readonly #calls: RecordCalls;
  readonly #steps: FailSteps;
  readonly #stepsUnsettled: FailSteps;
  readonly #running = new Set<Slot>();
  readonly #timeOuts: TimeOuts;
  /** Back-offs, sends and turns of other invocations that are waited for. */
  #pending = 0;
  /** The first record was cut off before, perhaps because of its neighbours: until it ends, or for half the time, it runs alone. */
  #headAlone = false;
  readonly #barrier: Barrier;
  /** Tried before in this invocation: what is in such a record, its handler may have left. */
  readonly #repeated = new Set<number>();
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

  constructor(options: RunOptions, handling: RecordHandling) {
    this.#options = options;
    this.#concurrency = handling.concurrency;
    const { batch, batchState, emit } = options;
    this.#lanes = new Lanes(laneNames(batch, handling.order));
    const suspects = batchState.suspects();
    this.#barrier = new Barrier(suspects);
    if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
    const acknowledged: Acknowledged = (index, accepted) => this.#acknowledged(index, accepted);
    this.#steps = { acknowledged, mayRepeat: (index) => this.repeatLater(index), settled: true };
    this.#stepsUnsettled = { acknowledged, mayRepeat: () => false, settled: false };
    this.#calls = new RecordCalls(options, handling, this.#advance);
    this.#timeOuts = new TimeOuts(options, this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get running(): ReadonlySet<Slot> {
    return this.#running;
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
    inContext(() => this.goOn());
  }

  /** Rejects only on a fault of ours. */
  run(): Promise<void> {
    const { timer, budget, batchState, ambient, environment } = this.#options;
    environment.join(this);
    return new Promise<void>((resolve, reject) => {
      this.#finish = resolve;
      this.#fault = reject;
      timer.watchOver(budget.recordMs);
      timer.listener = this.#timeOuts;
      timer.at(budget.endsAt, () => this.#timeOuts.cutOff());
      this.#headAlone = batchState.wasGivenBack(batchState.head);
      if (this.#headAlone) {
        const now = ambient.clock.now();
        timer.at(now + (budget.endsAt - now) / 2, () => {
          this.#admitOthers();
          this.#finishWhenIdle();
        });
      }
      this.goOn();
    });
  }

  close(): void {
    this.#ended = true;
    this.#closed = true;
    this.#timeOuts.close();
    this.#options.environment.leave(this);
  }

  get #mostAtOnce(): number {
    return this.#headAlone || this.#barrier.alone !== undefined ? 1 : this.#concurrency;
  }

  /** Whoever calls this looks afterwards whether all has ended: not each slot, or as many suspects would be as many calls deep. */
  #fill(): void {
    while (this.#running.size < this.#mostAtOnce) {
      const index = this.#take();
      if (index < 0) return;
      const slot = new Slot(index, this.#advance);
      this.#running.add(slot);
      this.#advance(slot);
    }
  }

  /** The next record that really starts; -1 if there is none now. */
  #take(): number {
    while (!this.#ended) {
      if (this.#options.environment.mustWait(this)) return this.#wait();
      const index = this.#lanes.take(this.#barrier.end);
      if (index < 0) return index;
      const standing = this.#options.arbiter.standing(index, this.#steps.acknowledged);
      if (standing === 'may-start') return index === this.#barrier.alone ? this.#takeSuspect(index) : index;
      if (standing === 'resolved') this.#lanes.resolve(index);
      else this.#pending++;
    }
    return -1;
  }

  #takeSuspect(index: number): number {
    const { batchState, environment } = this.#options;
    if (batchState.endsBefore(index, environment.zombies)) {
      this.#ended = true;
      return -1;
    }
    if (environment.claim(this)) return index;
    this.#lanes.again(index);
    return this.#wait();
  }

  /** Where no budget cuts off what runs, it does not wait longer for that. */
  #wait(): number {
    if (this.#waits !== undefined) return -1;
    const { timer, budget } = this.#options;
    this.#waits = process.getBuiltinModule('node:async_hooks').AsyncLocalStorage.snapshot();
    this.#pending++;
    timer.at(budget.retryBy, () => {
      if (this.#waits !== undefined) this.endBudget();
    });
    return -1;
  }

  /** The next turn, where there is one. */
  #passBarrier(): boolean {
    if (this.#ended || !this.#barrier.pass()) return false;
    if (this.#barrier.alone === undefined) this.#options.environment.release(this);
    return true;
  }

  /** Goes on with a slot, behind what was waited for, if anything. A fault of ours ends the run. */
  readonly #advance = (slot: Slot, ended?: 'done' | Thrown): void => {
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
    this.endBudget();
    return false;
  }

  #start(slot: Slot): Ended {
    const { arbiter, budget, environment } = this.#options;
    arbiter.beforeStart(this.#running.size, this.#now);
    slot.number = arbiter.start(slot.index, slot.index === this.#barrier.alone && environment.zombies === 0);
    slot.startedAt = this.#now;
    slot.stoodStillMs = 0;
    slot.endsAt = this.#now + budget.recordMs;
    return this.#calls.call(slot);
  }

  /** Answers whether the slot goes on, and with which record. */
  #end(slot: Slot, ended: 'done' | Thrown): boolean {
    this.#timeOuts.settled(slot);
    if (this.#closed) return false;
    if (slot.state !== 'running') {
      this.#timeOuts.settledLate(slot, ended);
      return false;
    }
    if (slot.attempt !== undefined) Attempt.release(slot.attempt);
    slot.attempt = undefined;
    if (ended === 'done') this.#done(slot.index);
    else {
      this.#demandDelivered(slot, ended.error);
      this.fail(slot.index, 'rejected', ended.error, slot.stage);
    }
    this.#admitOthers();
    slot.index = this.#take();
    return true;
  }

  /** @throws UndamError `event-changed` where a decoder failed of what another middleware has decoded, which is no record's fault */
  #demandDelivered({ index }: Slot, error: unknown): void {
    if (this.#repeated.has(index)) return;
    const { batch, arbiter } = this.#options;
    const changed = eventChangedBy(error, () => leftOf(batch, index));
    if (changed === undefined) return;
    arbiter.giveBack(index, true);
    throw changed;
  }

  #admitOthers(): void {
    if (!this.#headAlone) return;
    this.#headAlone = false;
    this.#fill();
  }

  #done(index: number): void {
    this.#options.arbiter.done(index);
    this.#lanes.resolve(index);
  }

  /** Beside what has taken its slot: together they may be more than a death may have run twice. */
  doneLate(index: number): void {
    this.#done(index);
    const { arbiter, ambient } = this.#options;
    arbiter.beforeStart(this.#running.size, ambient.clock.now());
  }

  fail(index: number, how: Failure, error: unknown, stage: Stage, settled: boolean = true): Next {
    const steps = settled ? this.#steps : this.#stepsUnsettled;
    const next = this.#options.arbiter.fail(index, how, error, stage, steps);
    if (next === 'quarantine') this.#pending++;
    return next;
  }

  #acknowledged(index: number, accepted: boolean): void {
    this.#pending--;
    if (this.#closed) return;
    if (accepted) this.#lanes.resolve(index);
    this.goOn();
  }

  /** Another attempt in place after a back-off, unless the budget ends first. */
  repeatLater(index: number): boolean {
    const { retry, ambient, timer, budget, batchState } = this.#options;
    if (retry === 'redelivery' || this.#ended) return false;
    const at = ambient.clock.now() + fullJitter(retry, batchState.charges(index), ambient.random);
    if (at >= budget.retryBy) return false;
    this.#pending++;
    this.#repeated.add(index);
    timer.at(at, () => {
      this.#pending--;
      if (this.#closed) return;
      this.#lanes.again(index);
      this.goOn();
    });
    return true;
  }

  endBudget(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.emit({ type: 'budget-ended', running: this.#running.size });
    this.wake();
  }

  /** Starts what may start now, and ends the run where nothing is left. */
  goOn(): void {
    this.#fill();
    this.#finishWhenIdle();
  }

  drop(slot: Slot): void {
    this.#running.delete(slot);
    this.#headAlone = false;
  }

  get #isIdle(): boolean {
    return this.#running.size === 0 && this.#pending === 0 && !this.#timeOuts.isPending;
  }

  #finishWhenIdle(): void {
    if (!this.busy) this.#options.environment.idle();
    if (this.#closed) return;
    while (this.#isIdle && this.#passBarrier()) this.#fill();
    if (!this.#isIdle) return;
    this.close();
    const { zombies } = this.#timeOuts;
    if (zombies > 0) this.#options.emit({ type: 'zombies', count: zombies });
    this.#finish();
  }
}
