import { maxRequestBytes } from 'undam/mapping';
import { waitMs } from './assumptions.ts';
import type { Discard } from './discard.ts';
import { LaneWindow, type RanResult, type WindowSurroundings } from './lane-window.ts';
import { type PendingBatch, recomposed, takeOldest } from './pending-batch.ts';
import type { InvocationResult, SourceRecord, StreamEvent } from './ports.ts';
import { RecordBuffer } from './record-buffer.ts';
import { afterInvocation, type Exhausted } from './retries.ts';
import { timeWindowInfo } from './tumbling-window.ts';

/** What is around the records in an event's JSON, with room for the fields of a window but not for its state. */
const envelopeBytes = 500;

/** What all lanes of a mapping share. */
export interface LaneSurroundings<R extends SourceRecord> extends WindowSurroundings<R> {
  readonly newRequestId: () => string;
}

export type LaneStep<R extends SourceRecord> =
  | {
      readonly kind: 'invoke';
      readonly records: readonly R[];
      readonly requestId: string;
      readonly event: () => StreamEvent;
    }
  | { readonly kind: 'discard'; readonly discard: Discard<R> }
  /** Nothing before `until` (epoch milliseconds), unless records arrive; Infinity: not by itself. */
  | { readonly kind: 'wait'; readonly until: number };

/** The batches of one lane of a shard (the whole shard with `ParallelizationFactor` 1): strictly one after the other. */
export class Lane<R extends SourceRecord> {
  readonly #shardId: string;
  readonly #around: LaneSurroundings<R>;
  readonly #buffer = new RecordBuffer<R>();
  readonly #window: LaneWindow<R>;
  /** The first goes next; more than one only after a bisect. */
  #pending: PendingBatch<R>[] = [];
  #isInFlight = false;
  #throttles = 0;
  /** When the batching window opened that the buffered records wait in. */
  #opensAt: number | undefined;
  #lastReadAt = -Infinity;
  #noMoreRecords = false;

  constructor(shardId: string, around: LaneSurroundings<R>) {
    this.#shardId = shardId;
    this.#around = around;
    this.#window = new LaneWindow(shardId, around);
  }

  /** Records that were read and are not yet passed, in flight or not. */
  get size(): number {
    return this.#pending.reduce((sum, { records }) => sum + records.length, this.#buffer.length);
  }

  get isInFlight(): boolean {
    return this.#isInFlight;
  }

  /** True while a batch comes again. */
  get isFailing(): boolean {
    return this.#pending.some(({ failedAttempts }) => failedAttempts > 0);
  }

  /** True once nothing is left to do, now or later. */
  get isDone(): boolean {
    return this.#noMoreRecords && this.size === 0 && !this.#isInFlight && !this.#window.isOpen;
  }

  /** True while nothing is left to do for the records read so far; an open window has its final invocation to come. */
  get isIdle(): boolean {
    return this.size === 0 && !this.#isInFlight && !this.#window.isOpen;
  }

  offer(record: R, now: number): void {
    // Recorded: the window opens when the previous invocation has ended, and one that passed empty does not open again.
    this.#opensAt ??= now;
    this.#buffer.push(record, this.#around.source.eventBytes(record));
    this.#lastReadAt = now;
  }

  /** The shard has ended: buffered records wait for no more. */
  close(): void {
    this.#noMoreRecords = true;
  }

  next(now: number): LaneStep<R> {
    if (this.#isInFlight) return { kind: 'wait', until: Infinity };
    this.#dropExpired(now);
    const batch = this.#pending[0] ?? this.#form(now);
    if (typeof batch === 'number') return { kind: 'wait', until: batch };
    if (now < batch.notBefore) return { kind: 'wait', until: batch.notBefore };
    const tooOld = this.#takeOverAge(batch, now);
    if (tooOld) return { kind: 'discard', discard: tooOld };
    if (this.#isTooLarge(batch)) return this.#refuse(batch, now);
    this.#isInFlight = true;
    const { records, requestId } = batch;
    return { kind: 'invoke', records, requestId, event: () => this.#event(batch) };
  }

  /** Takes the result of the invocation that `next` asked for; a discard follows if there is one. */
  ended(result: InvocationResult, now: number): Discard<R> | undefined {
    this.#isInFlight = false;
    const batch = this.#pending[0];
    if (!batch) throw new Error('a result came for no invocation');
    // Documented: a throttle is no attempt, and bisect does not apply.
    if (result.kind === 'throttled') {
      this.#postpone(now);
      return undefined;
    }
    this.#throttles = 0;
    return this.#conclude(batch, this.#window.withState(batch, result), now);
  }

  #conclude(batch: PendingBatch<R>, result: RanResult, now: number, reachedFunction = true): Discard<R> | undefined {
    const { mapping, assumptions, observer } = this.#around;
    const step = batch.isFinalOfWindow
      ? this.#window.afterFinal(batch, result)
      : afterInvocation(batch, result, mapping, assumptions);
    const next = step.next.map((part): PendingBatch<R> => {
      const isAgain = part.failedAttempts > batch.failedAttempts;
      const notBefore = isAgain ? now + waitMs(assumptions, part.failedAttempts) : now;
      const requestId = isAgain ? batch.requestId : this.#around.newRequestId();
      return { ...part, requestId, notBefore, isFinalOfWindow: batch.isFinalOfWindow };
    });
    this.#pending = [...next, ...this.#pending.slice(1)];
    const { exhausted } = step;
    const discard = exhausted && this.#discardOf({ ...batch, ...exhausted }, 'RetryAttemptsExhausted', reachedFunction);
    if (batch.isFinalOfWindow && next.length === 0) this.#window.close(exhausted ? 'given-up' : 'finalised');
    else this.#window.took(step.processed);
    // Documented: the next batching window opens when the invocation has ended.
    if (this.#pending.length === 0) this.#opensAt = now;
    if (step.processed.length > 0) observer.passed(step.processed, 'processed', now);
    if (step.passedThoughReported.length > 0) observer.passed(step.passedThoughReported, 'passed-though-reported', now);
    if (discard) observer.discarded(discard, now);
    return discard;
  }

  #discardOf(
    batch: PendingBatch<R> & Pick<Exhausted<R>, 'approximateInvokeCount' | 'functionError'>,
    condition: Discard<R>['condition'],
    reachedFunction: boolean,
  ): Discard<R> {
    const { records, approximateInvokeCount, functionError, requestId } = batch;
    const fields = this.#window.fields(batch);
    return {
      shardId: this.#shardId,
      records,
      condition,
      approximateInvokeCount,
      functionError,
      // Recorded: a message about records that no invocation carried has an id of its own.
      requestId: reachedFunction ? requestId : this.#around.newRequestId(),
      reachedFunction,
      ...(fields && { timeWindowInfo: timeWindowInfo(fields) }),
      event: () => ({ Records: records.map((record) => this.#around.source.eventRecord(record)), ...fields }),
    };
  }

  /** A new batch from the buffer, made the pending one; or the time at which there may be one. */
  #form(now: number): PendingBatch<R> | number {
    const { mapping } = this.#around;
    const { first } = this.#buffer;
    const read = { first, lastReadAt: this.#lastReadAt, noMoreRecords: this.#noMoreRecords };
    if (this.#window.closes(read, now)) {
      if (this.#window.hasFinalInvocation) return this.#makePending([], true, now);
      this.#window.close('finalised');
    }
    if (!first) return this.#window.closesBy(this.#lastReadAt);
    this.#window.open(first);
    const { count, isFull } = this.#buffer.measure({
      records: mapping.BatchSize,
      bytesAround: this.#bytesAround,
      before: this.#window.end,
    });
    const flushAt = (this.#opensAt ?? now) + mapping.MaximumBatchingWindowInSeconds * 1_000;
    if (!isFull && !this.#noMoreRecords && now < flushAt) return flushAt;
    return this.#makePending(this.#buffer.take(count), false, now);
  }

  #makePending(records: readonly R[], isFinalOfWindow: boolean, now: number): PendingBatch<R> {
    const requestId = this.#around.newRequestId();
    const batch = { records, failedAttempts: 0, requestId, notBefore: now, isFinalOfWindow };
    this.#pending.push(batch);
    return batch;
  }

  get #bytesAround(): number {
    return envelopeBytes + this.#window.stateBytes;
  }

  /** Documented: Lambda reads the stream again for every retry, so what has left it is lost, and is in no metric. */
  #dropExpired(now: number): void {
    const { source, observer, newRequestId } = this.#around;
    const isGone = (record: R): boolean => now - record.approximateArrivalTimestamp > source.retentionMs;
    const pending = takeOldest(this.#pending, isGone, newRequestId);
    const gone = [...pending, ...this.#buffer.takeWhile(isGone)];
    if (gone.length > 0) observer.passed(gone, 'expired', now);
  }

  /** Recorded: Lambda judges the age of each record before each invocation, and discards records that are too old one by one. */
  #takeOverAge(batch: PendingBatch<R>, now: number): Discard<R> | undefined {
    const { mapping, assumptions, newRequestId } = this.#around;
    const oldestMs = mapping.MaximumRecordAgeInSeconds === -1 ? Infinity : mapping.MaximumRecordAgeInSeconds * 1_000;
    const isOver = (record: R): boolean => now - record.approximateArrivalTimestamp > oldestMs;
    let count = 0;
    while (count < batch.records.length && isOver(batch.records[count]!)) count++;
    if (count === 0) return undefined;
    if (assumptions.recordsOverAge === 'each') count = 1;
    const records = batch.records.slice(0, count);
    const rest = batch.records.slice(count);
    const failedAttempts = assumptions.counterAfterAge === 'kept' ? batch.failedAttempts : 0;
    if (rest.length > 0) this.#pending[0] = { ...recomposed(batch, rest, newRequestId()), failedAttempts };
    else this.#pending.shift();
    const approximateInvokeCount = Math.max(1, batch.failedAttempts);
    const discard = this.#discardOf(
      { ...batch, records, approximateInvokeCount, functionError: null },
      'RecordAgeExceeded',
      batch.failedAttempts > 0,
    );
    this.#around.observer.discarded(discard, now);
    return discard;
  }

  /** Recorded: each attempt on a record that no event can carry spends a retry, and never reaches the function. */
  #refuse(batch: PendingBatch<R>, now: number): LaneStep<R> {
    const discard = this.#conclude(batch, { kind: 'function-error' }, now, false);
    return discard ? { kind: 'discard', discard } : { kind: 'wait', until: now };
  }

  #isTooLarge({ records }: PendingBatch<R>): boolean {
    const [only] = records;
    if (records.length !== 1 || !only) return false;
    return this.#bytesAround + this.#around.source.eventBytes(only) > maxRequestBytes;
  }

  #postpone(now: number): number {
    const notBefore = now + waitMs(this.#around.assumptions, ++this.#throttles);
    this.#pending[0] = { ...this.#pending[0]!, notBefore };
    return notBefore;
  }

  #event(batch: PendingBatch<R>): StreamEvent {
    const { source } = this.#around;
    return { Records: batch.records.map((record) => source.eventRecord(record)), ...this.#window.fields(batch) };
  }
}
