import type { Batch } from './batch.ts';
import type { Clock } from './clock.ts';
import type { AttemptCounts, QuarantineReason } from './envelope.ts';
import { keepError } from './envelope-error.ts';
import { charges, counts, type History, historyOf, memoryOf, noAttempts } from './history.ts';
import type { InvocationMarks } from './invocation-marks.ts';
import { type IsPermanent, type Judgement, judge, type Stage } from './judge.ts';
import { isResolved, type Memories, type Memory, mustLead, type Verdict } from './ledger.ts';
import type { AttemptFailed, Emit, RecordPosition } from './observe.ts';
import type { Outbox } from './outbox.ts';
import type { Outcome } from './outcome.ts';
import { type FunctionIdentity, seal } from './seal.ts';
import { shownName } from './shown-error.ts';

/** How a charged attempt ended. */
export type Failure = 'rejected' | 'timed-out';

/** What becomes of a record after a failed attempt. */
export type Next = AttemptFailed['next'];

/** Whether a record may start, or what it is instead. */
export type Standing = 'may-start' | 'resolved' | 'sending';

/** What decides when a record is quarantined. */
export interface QuarantineRules {
  /** N: charged attempts after which a record is quarantined. */
  readonly attempts: number;
  readonly isPermanent: IsPermanent | undefined;
  readonly outbox: Outbox;
}

const outcomes: readonly Outcome[] = ['deferred', 'done', 'quarantined', 'failed', 'held'];
const [deferred, done, quarantined, failed, held] = [0, 1, 2, 3, 4] as const;

const doneMemory: Memory = { state: 'done', attempts: noAttempts };
const firstStart: AttemptCounts = { ...noAttempts, started: 1 };
const openMemory: Memory = { state: 'open', attempts: noAttempts };

/**
 * What has become of each record of a batch: the one place that charges attempts, decides on quarantine and knows what
 * is to be reported and remembered. It keeps more than a number only of records that failed or that the ledger knew.
 */
export class Fates {
  readonly #batch: Batch;
  readonly #memories: Memories;
  readonly #rules: QuarantineRules | undefined;
  readonly #identity: FunctionIdentity;
  readonly #clock: Clock;
  readonly #marks: InvocationMarks;
  readonly #emit: Emit;
  /** Indexes into `outcomes`. */
  readonly #fates: number[];
  readonly #histories = new Map<number, History>();
  #started = 0;

  constructor(
    batch: Batch,
    memories: Memories,
    rules: QuarantineRules | undefined,
    identity: FunctionIdentity,
    clock: Clock,
    marks: InvocationMarks,
    emit: Emit,
  ) {
    this.#batch = batch;
    this.#memories = memories;
    this.#rules = rules;
    this.#identity = identity;
    this.#clock = clock;
    this.#marks = marks;
    this.#emit = emit;
    this.#fates = new Array<number>(batch.records.length).fill(deferred);
    if (memories.size > 0) this.#applyKnown();
  }

  /**
   * Applies what the ledger knows of a record that is about to start. `acknowledged` is called later for one whose
   * quarantine has to be sent (again).
   */
  standing(index: number, acknowledged: Acknowledged): Standing {
    if (this.#memories.size === 0) return 'may-start';
    const memory = this.#memories.get(this.#batch.sequenceNumbers[index]!);
    if (memory === undefined) return 'may-start';
    if (isResolved(memory)) return 'resolved';
    const history = this.#historyOf(index);
    const verdict = history.verdict ?? this.#exhaustedBefore(history);
    if (verdict === undefined || this.#rules === undefined) return 'may-start';
    this.#quarantine(index, history, verdict, acknowledged);
    return 'sending';
  }

  /** Something is about to start, or was done beside what took its place. @param inFlight how many records run then */
  beforeStart(inFlight: number): void {
    this.#marks.beforeStart(inFlight);
  }

  /** Which attempt on the record starts now, from 1. @param alone nothing else is in flight in this process */
  start(index: number, alone: boolean): number {
    this.#started++;
    const history = this.#histories.size === 0 ? undefined : this.#histories.get(index);
    if (history !== undefined) {
      history.started++;
      history.suspect = undefined;
    }
    if (this.#marks.everyStart)
      this.#marks.started(this.#batch.sequenceNumbers[index]!, history ? counts(history) : firstStart, alone);
    return history === undefined ? 1 : charges(history) + 1;
  }

  /** A start in a call with others, which is no attempt: it is marked, for the case that the process dies. */
  startTogether(index: number): void {
    this.#started++;
    if (!this.#marks.everyStart) return;
    const { attempts } = this.#memoryOf(index) ?? openMemory;
    this.#marks.started(this.#batch.sequenceNumbers[index]!, attempts, false);
  }

  /** A call with others has ended, and says nothing of the record. */
  endTogether(index: number): void {
    if (!this.#marks.everyStart) return;
    this.#marks.learned(this.#batch.sequenceNumbers[index]!, this.#memoryOf(index) ?? openMemory, false);
  }

  /** The budget cut off a call with others of which this was the first: that is remembered as a start that is not charged. */
  cutTogether(index: number): void {
    this.#historyOf(index).started++;
  }

  /** A start that was marked, and has ended. Of a record that nobody knew it is counted where it fails. */
  wasStarted(index: number): void {
    this.#started++;
    if (!this.#memories.has(this.#batch.sequenceNumbers[index]!)) return;
    const history = this.#historyOf(index);
    history.started++;
    history.suspect = undefined;
  }

  done(index: number): void {
    this.#fates[index] = done;
    this.#marks.done(this.#batch.sequenceNumbers[index]!);
  }

  /** A start that the budget cut off is not charged; that it was made is remembered. @param settled it has ended */
  giveBack(index: number, settled: boolean): void {
    if (!this.#histories.has(index)) this.#historyOf(index).started++;
    if (settled && this.#marks.everyStart) this.#learned(index, false);
  }

  /**
   * Charges a failed attempt and decides what comes next; a quarantine is sent, and `acknowledged` called with the
   * sink's word. `mayRepeat` is asked only when attempts are left.
   */
  fail(index: number, how: Failure, error: unknown, stage: Stage, steps: FailSteps): Next {
    const history = this.#histories.get(index) ?? this.#firstFailure(index);
    const { isOwnError = true } = steps;
    const judgement = isOwnError ? judge(error, stage, this.#rules?.isPermanent) : 'ordinary';
    this.#fates[index] = judgement === 'outage' ? held : failed;
    if (judgement !== 'outage') {
      history.firstFailedAt ??= this.#clock.date();
      if (how === 'timed-out') history.timedOut++;
      else history.failed++;
    }
    this.#rules?.outbox.prepare();
    const verdict = this.#verdict(history, judgement, how, error, stage);
    const next =
      judgement === 'outage' ? 'hold' : verdict ? 'quarantine' : steps.mayRepeat(index) ? 'again' : 'redelivery';
    this.#emit({
      type: 'attempt-failed',
      record: this.position(index),
      attempt: charges(history),
      stage,
      how: judgement === 'undecodable' ? 'undecodable' : how,
      next,
      error,
    });
    if (verdict !== undefined) this.#quarantine(index, history, verdict, steps.acknowledged);
    this.#learned(index, how === 'timed-out' && !steps.settled);
    return next;
  }

  /** What a throw says of the record that was alone in the call. */
  judgement(error: unknown): Judgement {
    return judge(error, 'handler', this.#rules?.isPermanent);
  }

  /** A failed attempt that looks like an outage: it is given back. */
  hold(index: number, error: unknown): void {
    const history = this.#histories.get(index) ?? this.#firstFailure(index);
    this.#fates[index] = held;
    const record = this.position(index);
    this.#emit({
      type: 'attempt-failed',
      record,
      attempt: charges(history),
      how: 'rejected',
      stage: 'handler',
      next: 'hold',
      error,
    });
    this.#learned(index, false);
  }

  /** What was not started, or not alone, is held with others. */
  holdWithOthers(index: number): void {
    if (this.#fates[index] === deferred) this.#fates[index] = held;
  }

  /** What was resolved before is resolved, whether or not the budget lasts until its turn. */
  #applyKnown(): void {
    for (const [index, sequenceNumber] of this.#batch.sequenceNumbers.entries()) {
      const state = this.#memories.get(sequenceNumber)?.state;
      if (state === 'done') this.#fates[index] = done;
      else if (state === 'quarantined') this.#fates[index] = quarantined;
    }
  }

  /** The records that may have killed the process that they ran in, in batch order. */
  suspects(): number[] {
    if (this.#memories.size === 0) return [];
    const suspects: number[] = [];
    for (const [index, sequenceNumber] of this.#batch.sequenceNumbers.entries())
      if (this.#memories.get(sequenceNumber)?.suspect !== undefined && !this.isResolved(index)) suspects.push(index);
    return suspects;
  }

  /** Whether the invocation has to end before a suspect. @param zombies beside which its death would be pinned on nobody */
  endsBefore(index: number, zombies: number): boolean {
    if (index === 0) return false;
    const memory = this.#memories.get(this.#batch.sequenceNumbers[index]!);
    return zombies > 0 || (memory !== undefined && mustLead(memory));
  }

  /** Whether an earlier start on the record was given back. */
  wasGivenBack(index: number): boolean {
    return this.givenBack(index) > 0;
  }

  /** Starts in earlier deliveries that were not charged. */
  givenBack(index: number): number {
    const memory = this.#memories.get(this.#batch.sequenceNumbers[index]!);
    return memory?.state === 'open' ? Math.max(0, memory.attempts.started - charges(memory.attempts)) : 0;
  }

  /** Somebody else says that a record that was done has to be delivered again. */
  reopen(index: number): void {
    this.#fates[index] = deferred;
  }

  /** The response is lost: what was done now is to be delivered again. Answers the sequence numbers of that. */
  reopenDone(): string[] {
    const reopened: string[] = [];
    for (const [index, sequenceNumber] of this.#batch.sequenceNumbers.entries()) {
      if (this.#fates[index] !== done || this.#memories.get(sequenceNumber)?.state === 'done') continue;
      this.reopen(index);
      reopened.push(sequenceNumber);
    }
    return reopened;
  }

  /** How many attempts the record has been charged. */
  charges(index: number): number {
    const history = this.#histories.get(index);
    return history === undefined ? 0 : charges(history);
  }

  outcome(index: number): Outcome {
    return outcomes[this.#fates[index]!]!;
  }

  isResolved(index: number): boolean {
    const fate = this.#fates[index];
    return fate === done || fate === quarantined;
  }

  /** The records to be delivered again, in batch order. */
  unresolved(): number[] {
    const indexes: number[] = [];
    for (let index = 0; index < this.#fates.length; index++) if (!this.isResolved(index)) indexes.push(index);
    return indexes;
  }

  /** How often the handler has been started on a record. */
  get started(): number {
    return this.#started;
  }

  /** How many records were resolved before. */
  remembered(): number {
    if (this.#memories.size === 0) return 0;
    const known = this.#batch.sequenceNumbers.map((sequenceNumber) => this.#memories.get(sequenceNumber));
    return known.filter((memory) => memory !== undefined && isResolved(memory)).length;
  }

  tally(): Record<Outcome, number> {
    const tally: Record<Outcome, number> = { done: 0, quarantined: 0, failed: 0, deferred: 0, held: 0 };
    for (const fate of this.#fates) tally[outcomes[fate]!]++;
    return tally;
  }

  position(index: number): RecordPosition {
    return { index, sequenceNumber: this.#batch.sequenceNumbers[index]!, shardId: this.#batch.shardId };
  }

  /**
   * What the ledger is to learn, for a response whose checkpoint is at `checkpoint` (0 where the invocation fails as a
   * whole, the batch's length where nothing is unresolved): records before it do not come again and are forgotten.
   */
  changes(checkpoint: number): Map<string, Memory | undefined> {
    const changes = new Map<string, Memory | undefined>();
    const { sequenceNumbers } = this.#batch;
    if (checkpoint === sequenceNumbers.length && this.#memories.size === 0) return changes;
    for (let index = 0; index < sequenceNumbers.length; index++) {
      const sequenceNumber = sequenceNumbers[index]!;
      const memory = index < checkpoint ? undefined : this.#memoryOf(index);
      if (memory !== undefined || this.#memories.has(sequenceNumber)) changes.set(sequenceNumber, memory);
    }
    // A ledger drops an entry in which nothing is unresolved: the record that everything else waits behind is named.
    const waitsFor = sequenceNumbers[this.unresolved()[0] ?? checkpoint];
    if (changes.size > 0 && waitsFor !== undefined && !changes.has(waitsFor)) changes.set(waitsFor, openMemory);
    return changes;
  }

  /** The same after the response was lost: what was done now will be delivered, and has to run, again. */
  changesWithoutDone(): Map<string, Memory | undefined> {
    const changes = this.changes(0);
    for (const [index, sequenceNumber] of this.#batch.sequenceNumbers.entries()) {
      if (this.#fates[index] !== done || this.#memories.get(sequenceNumber)?.state === 'done') continue;
      const history = this.#histories.get(index);
      changes.set(sequenceNumber, history === undefined ? openMemory : memoryOf(history, 'open'));
    }
    return changes;
  }

  #learned(index: number, running: boolean): void {
    this.#marks.learned(this.#batch.sequenceNumbers[index]!, this.#memoryOf(index)!, running);
  }

  #memoryOf(index: number): Memory | undefined {
    const fate = this.#fates[index];
    const history = this.#histories.get(index);
    if (history === undefined) {
      return fate === done ? doneMemory : this.#memories.get(this.#batch.sequenceNumbers[index]!);
    }
    if (fate === done) return memoryOf(history, 'done');
    if (fate === quarantined) return memoryOf(history, 'quarantined');
    return memoryOf(history, history.verdict ? 'pending' : 'open');
  }

  #firstFailure(index: number): History {
    const history = this.#historyOf(index);
    history.started++;
    return history;
  }

  #historyOf(index: number): History {
    const known = this.#histories.get(index);
    if (known !== undefined) return known;
    const history = historyOf(this.#memories.get(this.#batch.sequenceNumbers[index]!));
    this.#histories.set(index, history);
    return history;
  }

  #verdict(history: History, judgement: Judgement, how: Failure, error: unknown, stage: Stage): Verdict | undefined {
    if (this.#rules === undefined || judgement === 'outage') return undefined;
    // What cannot be decoded says so itself, also where the handler is who decodes.
    const from = judgement === 'undecodable' ? 'decode' : stage;
    if (judgement !== 'ordinary') return { reason: judgement, stage: from, error: keepError(error) };
    return this.#exhausted(history, how === 'timed-out' ? 'timed-out' : 'attempts-exhausted', error, stage);
  }

  #exhausted(history: History, reason: QuarantineReason, error: unknown, stage: Stage): Verdict | undefined {
    if (this.#rules === undefined || !(charges(history) >= this.#rules.attempts)) return undefined;
    return { reason, stage, error: keepError(error) };
  }

  /** A record that comes with all its attempts used up and no verdict: the process died in the last one, or N was lowered. */
  #exhaustedBefore(history: History): Verdict | undefined {
    return history.crashed > 0
      ? this.#exhausted(history, 'crashed', crashedError, 'handler')
      : this.#exhausted(history, 'attempts-exhausted', unknownError, 'handler');
  }

  #quarantine(index: number, history: History, verdict: Verdict, acknowledged: Acknowledged): void {
    this.#fates[index] = failed;
    history.verdict = verdict;
    const envelope = seal(this.#batch, index, this.#identity, history, verdict, this.#clock.date());
    const { id, reason, attempts } = envelope;
    this.#rules?.outbox.add(envelope, (result) => {
      const record = this.position(index);
      if (result.accepted) {
        this.#fates[index] = quarantined;
        this.#learned(index, false);
        this.#emit({ type: 'quarantined', record, id, reason, attempts, errorName: shownName(verdict.error.name) });
      } else {
        this.#emit({ type: 'quarantine-refused', record, id, reason, error: result.error });
      }
      acknowledged(index, result.accepted);
    });
  }
}

/** Called once with the sink's word on a record. */
export type Acknowledged = (index: number, accepted: boolean) => void;

/** What a failed attempt may lead to. */
export interface FailSteps {
  /** Whether another attempt in place is possible. */
  mayRepeat(index: number): boolean;
  /** The handler has settled; one that has not may yet kill the process. */
  readonly settled: boolean;
  /** `false`: the error is not about this record alone, and no rule is asked what it means. @default true */
  readonly isOwnError?: boolean;
  readonly acknowledged: Acknowledged;
}

const crashedError = new Error('the process died while the handler ran on this record and on nothing else');
crashedError.name = 'ProcessDied';

const unknownError = new Error('the error of the last attempt was not kept');
