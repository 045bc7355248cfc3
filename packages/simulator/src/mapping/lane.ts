import { type EventSourceMapping, requestBytesMost } from 'undam/mapping';
import { type MappingAssumptions, waitMs } from './assumptions.ts';
import { Fifo } from './fifo.ts';
import type { EventSource, InvocationResult, SourceRecord, StreamEvent } from './ports.ts';
import { afterInvocation, type Batch, type Discard } from './retries.ts';
import { returnsState, TumblingWindow, windowGraceMs } from './tumbling-window.ts';

/** What is around the records in an event's JSON, with room for the fields of a window but not for its state. */
const envelopeBytes = 500;

/** What lanes tell whoever counts. Each record is named once in all, by one of these. */
export interface MappingObserver<R extends SourceRecord> {
  /** The checkpoint moved past them because the function processed them. */
  processed(records: readonly R[], at: number): void;
  /** The checkpoint moved past them because their retries or their age ran out. */
  discarded(discard: Discard<R>, at: number): void;
  /** They left the stream before the function processed them (documented: in no metric and no destination). */
  expired(records: readonly R[], at: number): void;
  /** The filter dropped them (documented: they are never invoked for). */
  filtered(records: readonly R[], at: number): void;
}

/** What all lanes of a mapping share. */
export interface LaneSurroundings<R extends SourceRecord> {
  readonly mapping: EventSourceMapping;
  readonly assumptions: MappingAssumptions;
  readonly source: EventSource<R>;
  readonly observer: MappingObserver<R>;
}

export type LaneStep<R extends SourceRecord> =
  | { readonly kind: 'invoke'; readonly records: readonly R[]; readonly event: () => StreamEvent }
  | { readonly kind: 'discard'; readonly discard: Discard<R> }
  /** Nothing before `until` (epoch milliseconds), unless records arrive; Infinity: not by itself. */
  | { readonly kind: 'wait'; readonly until: number };

interface PendingBatch<R extends SourceRecord> extends Batch<R> {
  readonly notBefore: number;
  readonly isFinalOfWindow: boolean;
}

interface BufferedRecord<R> {
  readonly record: R;
  readonly bytes: number;
}

/** The batches of one lane of a shard (the whole shard with `ParallelizationFactor` 1): strictly one after the other. */
export class Lane<R extends SourceRecord> {
  readonly #shardId: string;
  readonly #around: LaneSurroundings<R>;
  readonly #buffer = new Fifo<BufferedRecord<R>>();
  /** The first goes next; more than one only after a bisect. */
  #pending: PendingBatch<R>[] = [];
  #isInFlight = false;
  #throttles = 0;
  /** Until when the delivery to `OnFailure` holds the lane. */
  #heldUntil = -Infinity;
  /** When the batching window opened that the buffered records wait in. */
  #opensAt: number | undefined;
  #lastReadAt = -Infinity;
  #noMoreRecords = false;
  #window: TumblingWindow | undefined;

  constructor(shardId: string, around: LaneSurroundings<R>) {
    this.#shardId = shardId;
    this.#around = around;
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
    return this.#noMoreRecords && this.size === 0 && !this.#isInFlight && this.#window === undefined;
  }

  /** True while nothing is left to do for the records read so far; an open window has its final invocation to come. */
  get isIdle(): boolean {
    return this.size === 0 && !this.#isInFlight && this.#window === undefined;
  }

  offer(record: R, now: number): void {
    const { mapping, assumptions, source } = this.#around;
    const endsAt = (this.#opensAt ?? -Infinity) + mapping.MaximumBatchingWindowInSeconds * 1_000;
    const isOver = this.#opensAt !== undefined && assumptions.emptyBatchingWindow === 'over';
    if (this.#buffer.length === 0 && now >= endsAt && !isOver) this.#opensAt = now;
    this.#buffer.push({ record, bytes: source.eventBytes(record) + 1 });
    this.#lastReadAt = now;
  }

  /** The shard has ended: what is buffered waits for nothing more. */
  close(): void {
    this.#noMoreRecords = true;
  }

  next(now: number): LaneStep<R> {
    if (this.#isInFlight) return { kind: 'wait', until: Infinity };
    if (now < this.#heldUntil) return { kind: 'wait', until: this.#heldUntil };
    this.#dropExpired(now);
    const batch = this.#pending[0] ?? this.#form(now);
    if (typeof batch === 'number') return { kind: 'wait', until: batch };
    if (now < batch.notBefore) return { kind: 'wait', until: batch.notBefore };
    const tooOld = this.#takeOverAge(batch, now);
    if (tooOld) return { kind: 'discard', discard: tooOld };
    if (this.#isTooLarge(batch)) return this.#refuse(batch, now);
    this.#isInFlight = true;
    return { kind: 'invoke', records: batch.records, event: () => this.#event(batch) };
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
    return this.#conclude(batch, this.#withState(batch, result), now);
  }

  #conclude(
    batch: PendingBatch<R>,
    result: Exclude<InvocationResult, { kind: 'throttled' }>,
    now: number,
  ): Discard<R> | undefined {
    const { mapping, assumptions, observer } = this.#around;
    if (batch.isFinalOfWindow) {
      this.#concludeWindow(batch, result, now);
      return undefined;
    }
    const step = afterInvocation(batch, result, mapping, assumptions);
    const next = step.next.map(({ records, failedAttempts }) => {
      const notBefore = failedAttempts > batch.failedAttempts ? now + waitMs(assumptions, failedAttempts) : now;
      return { records, failedAttempts, notBefore, isFinalOfWindow: false };
    });
    this.#pending = [...next, ...this.#pending.slice(1)];
    // Documented: the next batching window opens when the invocation has ended.
    if (this.#pending.length === 0) this.#opensAt = now;
    if (step.processed.length > 0) observer.processed(step.processed, now);
    if (step.discarded) this.#giveUp(step.discarded, now);
    return step.discarded;
  }

  /** Documented: a final invocation that fails suspends the shard until it succeeds. */
  #concludeWindow(batch: PendingBatch<R>, result: InvocationResult, now: number): void {
    if (result.kind === 'response') {
      this.#window = undefined;
      this.#pending.shift();
      this.#opensAt = now;
      return;
    }
    const failedAttempts = batch.failedAttempts + 1;
    const notBefore = now + waitMs(this.#around.assumptions, failedAttempts);
    this.#pending[0] = { ...batch, failedAttempts, notBefore };
  }

  /** Under a tumbling window a response carries the state, or is a failure. */
  #withState(
    batch: PendingBatch<R>,
    result: Exclude<InvocationResult, { kind: 'throttled' }>,
  ): Exclude<InvocationResult, { kind: 'throttled' }> {
    if (!this.#window || result.kind !== 'response') return result;
    if (!returnsState(result.payload)) return { kind: 'function-error' };
    const { mapping, assumptions } = this.#around;
    const { processed } = afterInvocation(batch, result, mapping, assumptions);
    const isWhole = processed.length === batch.records.length;
    const isTaken = processed.length > 0 && assumptions.stateAfterPartialFailure === 'returned';
    // A failed invocation changes no state: what comes again as it is starts from the state that it started from.
    if (isWhole || isTaken) this.#window.returned(result.payload.state);
    return result;
  }

  /** A new batch from the buffer, made the pending one; or the time at which there may be one. */
  #form(now: number): PendingBatch<R> | number {
    if (this.#closesWindow(now)) {
      if (this.#hasFinalInvocation) return this.#makePending([], true, now);
      this.#window = undefined;
    }
    const { mapping } = this.#around;
    const first = this.#buffer.peek();
    if (!first) return this.#window ? Math.max(this.#window.end, this.#lastReadAt) + windowGraceMs : Infinity;
    if (mapping.TumblingWindowInSeconds > 0) {
      this.#window ??= new TumblingWindow(
        first.record.approximateArrivalTimestamp,
        mapping.TumblingWindowInSeconds * 1_000,
      );
    }
    const { count, isFull } = this.#measure();
    const flushAt = (this.#opensAt ?? now) + mapping.MaximumBatchingWindowInSeconds * 1_000;
    if (!isFull && !this.#noMoreRecords && now < flushAt) return flushAt;
    return this.#makePending(
      this.#buffer.take(count).map(({ record }) => record),
      false,
      now,
    );
  }

  #makePending(records: readonly R[], isFinalOfWindow: boolean, now: number): PendingBatch<R> {
    const batch = { records, failedAttempts: 0, notBefore: now, isFinalOfWindow };
    this.#pending.push(batch);
    return batch;
  }

  get #bytesAround(): number {
    return envelopeBytes + (this.#window?.stateBytes ?? 0);
  }

  /** How many buffered records the next batch holds, and whether it can hold no more. */
  #measure(): { readonly count: number; readonly isFull: boolean } {
    const { BatchSize } = this.#around.mapping;
    let bytes = this.#bytesAround;
    let count = 0;
    for (; count < BatchSize; count++) {
      const buffered = this.#buffer.peek(count);
      if (!buffered) return { count, isFull: false };
      bytes += buffered.bytes;
      const isNextWindow = this.#window && buffered.record.approximateArrivalTimestamp >= this.#window.end;
      if (isNextWindow || (bytes > requestBytesMost && count > 0)) return { count, isFull: true };
    }
    return { count, isFull: true };
  }

  get #hasFinalInvocation(): boolean {
    return this.#window!.hasReturnedState || this.#around.assumptions.windowWithoutState === 'finalised';
  }

  #closesWindow(now: number): boolean {
    if (!this.#window) return false;
    if (this.#window.isTerminatedEarly) return true;
    const first = this.#buffer.peek();
    if (first) return first.record.approximateArrivalTimestamp >= this.#window.end;
    // Documented: a shard's end closes its window.
    return this.#noMoreRecords || now >= Math.max(this.#window.end, this.#lastReadAt) + windowGraceMs;
  }

  /** Documented: Lambda reads the stream again for every retry, so what has left it is lost, and is in no metric. */
  #dropExpired(now: number): void {
    const { source, observer } = this.#around;
    const isGone = (record: R): boolean => now - record.approximateArrivalTimestamp > source.retentionMs;
    const gone = this.#cutPending(isGone);
    let count = 0;
    while (this.#buffer.length > count && isGone(this.#buffer.peek(count)!.record)) count++;
    if (count > 0) gone.push(...this.#buffer.take(count).map(({ record }) => record));
    if (gone.length > 0) observer.expired(gone, now);
  }

  /** Takes the oldest records off the pending batches; a batch that is empty then is gone. */
  #cutPending(isGone: (record: R) => boolean): R[] {
    const gone: R[] = [];
    for (let batch = this.#pending[0]; batch?.records[0] && isGone(batch.records[0]); batch = this.#pending[0]) {
      const kept = batch.records.findIndex((record) => !isGone(record));
      gone.push(...(kept === -1 ? batch.records : batch.records.slice(0, kept)));
      if (kept === -1) this.#pending.shift();
      else this.#pending[0] = { ...batch, records: batch.records.slice(kept) };
    }
    return gone;
  }

  /** Recorded: age is judged record by record before each invocation, and what is too old goes by itself. */
  #takeOverAge(batch: PendingBatch<R>, now: number): Discard<R> | undefined {
    const { mapping, assumptions } = this.#around;
    const oldestMs = mapping.MaximumRecordAgeInSeconds === -1 ? Infinity : mapping.MaximumRecordAgeInSeconds * 1_000;
    const isOver = (record: R): boolean => now - record.approximateArrivalTimestamp > oldestMs;
    let count = 0;
    while (count < batch.records.length && isOver(batch.records[count]!)) count++;
    if (count === 0) return undefined;
    if (assumptions.recordsOverAge === 'each') count = 1;
    const records = batch.records.slice(0, count);
    const rest = batch.records.slice(count);
    const failedAttempts = assumptions.counterAfterAge === 'kept' ? batch.failedAttempts : 0;
    if (rest.length > 0) this.#pending[0] = { ...batch, records: rest, failedAttempts };
    else this.#pending.shift();
    const discard: Discard<R> = {
      records,
      condition: 'RecordAgeExceeded',
      approximateInvokeCount: Math.max(1, batch.failedAttempts),
      functionError: null,
    };
    this.#giveUp(discard, now);
    return discard;
  }

  #giveUp(discard: Discard<R>, now: number): void {
    const { assumptions, observer } = this.#around;
    this.#heldUntil = now + assumptions.onFailureDeliveryMs;
    observer.discarded(discard, now);
  }

  #refuse(batch: PendingBatch<R>, now: number): LaneStep<R> {
    if (this.#around.assumptions.recordTooLarge === 'throttled') return { kind: 'wait', until: this.#postpone(now) };
    const discard = this.#conclude(batch, { kind: 'function-error' }, now);
    return discard ? { kind: 'discard', discard } : { kind: 'wait', until: now };
  }

  #isTooLarge({ records }: PendingBatch<R>): boolean {
    const [only] = records;
    if (records.length !== 1 || !only) return false;
    return this.#bytesAround + this.#around.source.eventBytes(only) > requestBytesMost;
  }

  #postpone(now: number): number {
    const notBefore = now + waitMs(this.#around.assumptions, ++this.#throttles);
    this.#pending[0] = { ...this.#pending[0]!, notBefore };
    return notBefore;
  }

  #event({ records, isFinalOfWindow }: PendingBatch<R>): StreamEvent {
    const { source } = this.#around;
    const fields = this.#window?.eventFields(this.#shardId, source.streamArn, isFinalOfWindow);
    return { Records: records.map((record) => source.eventRecord(record)), ...fields };
  }
}
