import type { FailSteps, Next } from './arbiter.ts';
import { Attempt } from './attempt.ts';
import { Barrier } from './barrier.ts';
import type { Member } from './crew.ts';
import { Promise, Set } from './intrinsics.ts';
import type { Stage } from './judge.ts';
import { Lanes, laneNames, type Order } from './lanes.ts';
import { eventChangedBy } from './misread.ts';
import { overtimeOf, type Timed } from './overtime.ts';
import { type Ended, type RecordCallees, recordCalls } from './record-calls.ts';
import { fullJitter } from './retry.ts';
import type { Run, RunOptions } from './run.ts';
import { Slot, type Thrown } from './slot.ts';
import { leftOf } from './touched.ts';
import type { Failure } from './verdict.ts';

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
export function recordRun(options: RunOptions, handling: RecordHandling): Run {
  const { batch, fates, arbiter, budget, retry, ambient, watch, crew, emit } = options;
  const { clock } = ambient;
  const lanes = new Lanes(laneNames(batch, handling.order));
  const suspects = fates.suspects();
  const barrier = new Barrier(suspects);
  if (suspects.length > 0) emit({ type: 'crash-found', suspects: suspects.length });
  const running = new Set<Slot>();
  /** Back-offs, sends and turns of other invocations that are waited for. */
  let pending = 0;
  /** The first record was cut off before, perhaps because of its neighbours: until it ends, or for half the time, it runs alone. */
  let headAlone = false;
  /** Tried before in this invocation: what is in such a record, its handler may have left. */
  const repeated = new Set<number>();
  /** Set while another invocation of this process runs a suspect alone: calls in the asynchronous context of this one. */
  let waits: (<T>(call: () => T) => T) | undefined;
  /** No further record starts. */
  let hasEnded = false;
  /** The outcome stands; whatever settles later is ignored. */
  let closed = false;
  /** When the last record was started. */
  let startedAt = 0;
  let finish: () => void = () => {};
  let failWith: (fault: unknown) => void = () => {};
  const steps: FailSteps = { acknowledged, mayRepeat: repeatLater, settled: true };
  const stepsUnsettled: FailSteps = { acknowledged, mayRepeat: () => false, settled: false };
  const call = recordCalls(options, handling, advance);
  const self: Member & Timed = {
    get closed() {
      return closed;
    },
    get busy() {
      return running.size > 0;
    },
    running,
    wake,
    drop,
    endBudget,
    doneLate,
    fail,
    repeatLater,
    goOn,
  };
  const overtime = overtimeOf(options, self);

  function mostAtOnce(): number {
    return headAlone || barrier.alone !== undefined ? 1 : handling.concurrency;
  }

  /** Whoever calls this looks afterwards whether all has ended: not each slot, or as many suspects would be as many calls deep. */
  function fill(): void {
    while (running.size < mostAtOnce()) {
      const index = take();
      if (index < 0) return;
      const slot = new Slot(index, advance);
      running.add(slot);
      advance(slot);
    }
  }

  /** The next record that really starts; -1 if there is none now. */
  function take(): number {
    while (!hasEnded) {
      if (crew.mustWait(self)) return wait();
      const index = lanes.take(barrier.end);
      if (index < 0) return index;
      const standing = arbiter.standing(index, acknowledged);
      if (standing === 'may-start') return index === barrier.alone ? takeSuspect(index) : index;
      if (standing === 'resolved') lanes.resolve(index);
      else pending++;
    }
    return -1;
  }

  function takeSuspect(index: number): number {
    if (fates.endsBefore(index, crew.zombies)) {
      hasEnded = true;
      return -1;
    }
    if (crew.claim(self)) return index;
    lanes.again(index);
    return wait();
  }

  /** Where no budget cuts off what runs, it does not wait longer for that. */
  function wait(): number {
    if (waits !== undefined) return -1;
    waits = process.getBuiltinModule('node:async_hooks').AsyncLocalStorage.snapshot();
    pending++;
    watch.at(budget.retryBy, () => {
      if (waits !== undefined) endBudget();
    });
    return -1;
  }

  function wake(): void {
    const inContext = waits;
    if (inContext === undefined) return;
    waits = undefined;
    pending--;
    if (!closed) inContext(goOn);
  }

  /** The next turn, where there is one. */
  function passBarrier(): boolean {
    if (hasEnded || !barrier.pass()) return false;
    if (barrier.alone === undefined) crew.release(self);
    return true;
  }

  /** Goes on with a slot, behind what was waited for, if anything. A fault of ours ends the run. */
  function advance(slot: Slot, ended?: 'done' | Thrown): void {
    try {
      if (ended === undefined) work(slot);
      else if (end(slot, ended) && !work(slot)) finishWhenIdle();
    } catch (fault) {
      failWith(fault);
    }
  }

  /**
   * Runs one record after the other in its slot, until one is waited for or the slot was handed over, or until there is
   * none: then it answers `false`.
   */
  function work(slot: Slot): boolean {
    while (slot.index >= 0 && hasTime()) {
      const ended = start(slot);
      if (ended === 'later' || !end(slot, ended)) return true;
    }
    running.delete(slot);
    return false;
  }

  function hasTime(): boolean {
    startedAt = clock.now();
    if (startedAt < budget.endsAt) return true;
    endBudget();
    return false;
  }

  function start(slot: Slot): Ended {
    arbiter.beforeStart(running.size, startedAt);
    slot.number = arbiter.start(slot.index, slot.index === barrier.alone && crew.zombies === 0);
    slot.startedAt = startedAt;
    slot.stoodStillMs = 0;
    slot.endsAt = startedAt + budget.recordMs;
    return call(slot);
  }

  /** Answers whether the slot goes on, and with which record. */
  function end(slot: Slot, ended: 'done' | Thrown): boolean {
    overtime.settled(slot);
    if (closed) return false;
    if (slot.state !== 'running') {
      overtime.settledLate(slot, ended);
      return false;
    }
    if (slot.attempt !== undefined) Attempt.release(slot.attempt);
    slot.attempt = undefined;
    if (ended === 'done') done(slot.index);
    else {
      demandDelivered(slot, ended.error);
      fail(slot.index, 'rejected', ended.error, slot.stage);
    }
    admitOthers();
    slot.index = take();
    return true;
  }

  /** @throws UndamError `event-changed` where a decoder failed of what another middleware has decoded, which is no record's fault */
  function demandDelivered({ index }: Slot, error: unknown): void {
    if (repeated.has(index)) return;
    const changed = eventChangedBy(error, () => leftOf(batch, index));
    if (changed === undefined) return;
    arbiter.giveBack(index, true);
    throw changed;
  }

  function admitOthers(): void {
    if (!headAlone) return;
    headAlone = false;
    fill();
  }

  function done(index: number): void {
    arbiter.done(index);
    lanes.resolve(index);
  }

  /** Beside what has taken its slot: together they may be more than a death may have run twice. */
  function doneLate(index: number): void {
    done(index);
    arbiter.beforeStart(running.size, clock.now());
  }

  function fail(index: number, how: Failure, error: unknown, stage: Stage, settled = true): Next {
    const next = arbiter.fail(index, how, error, stage, settled ? steps : stepsUnsettled);
    if (next === 'quarantine') pending++;
    return next;
  }

  function acknowledged(index: number, accepted: boolean): void {
    pending--;
    if (closed) return;
    if (accepted) lanes.resolve(index);
    goOn();
  }

  /** Another attempt in place after a back-off, unless the budget ends first. */
  function repeatLater(index: number): boolean {
    if (retry === 'redelivery' || hasEnded) return false;
    const at = clock.now() + fullJitter(retry, fates.charges(index), ambient.random);
    if (at >= budget.retryBy) return false;
    pending++;
    repeated.add(index);
    watch.at(at, () => {
      pending--;
      if (closed) return;
      lanes.again(index);
      goOn();
    });
    return true;
  }

  function endBudget(): void {
    if (hasEnded) return;
    hasEnded = true;
    emit({ type: 'budget-ended', running: running.size });
    wake();
  }

  /** Starts what may start now, and ends the run where nothing is left. */
  function goOn(): void {
    fill();
    finishWhenIdle();
  }

  function drop(slot: Slot): void {
    running.delete(slot);
    headAlone = false;
  }

  function isIdle(): boolean {
    return running.size === 0 && pending === 0 && !overtime.isPending;
  }

  function finishWhenIdle(): void {
    if (running.size === 0) crew.idle();
    if (closed) return;
    while (isIdle() && passBarrier()) fill();
    if (!isIdle()) return;
    close();
    const { zombies } = overtime;
    if (zombies > 0) emit({ type: 'zombies', count: zombies });
    finish();
  }

  function close(): void {
    hasEnded = true;
    closed = true;
    overtime.close();
    crew.leave(self);
  }

  return {
    /** Rejects only on a fault of ours. */
    run() {
      crew.join(self);
      return new Promise<void>((resolve, reject) => {
        finish = resolve;
        failWith = reject;
        watch.watchOver(budget.recordMs);
        watch.onBeat = overtime.timeOutLate;
        watch.onStoodStill = overtime.stoodStill;
        watch.at(budget.endsAt, () => overtime.cutOff());
        headAlone = fates.wasGivenBack(fates.head);
        if (headAlone) {
          const now = clock.now();
          watch.at(now + (budget.endsAt - now) / 2, () => {
            admitOthers();
            finishWhenIdle();
          });
        }
        goOn();
      });
    },

    close,
  };
}
