import type { EventSourceMapping } from 'undam/mapping';
import type { MappingAssumptions } from './assumptions.ts';
import { readBatchItemFailures } from './batch-item-failures.ts';
import type { MappingObserver } from './observer.ts';
import type { EventSource, InvocationResult, SourceRecord } from './ports.ts';
import { afterFailure, afterInvocation, type Batch, type NextStep } from './retries.ts';
import { returnsState, TumblingWindow, type WindowFields, windowGraceMs } from './tumbling-window.ts';

export interface WindowSurroundings<R extends SourceRecord> {
  readonly mapping: EventSourceMapping;
  readonly assumptions: MappingAssumptions;
  readonly source: EventSource<R>;
  readonly observer: MappingObserver<R>;
}

/** The result of an invocation that ran. */
export type RanResult = Exclude<InvocationResult, { kind: 'throttled' }>;

/** What the lane has read. */
export interface ReadSoFar<R extends SourceRecord> {
  /** The oldest record that waits in the buffer. */
  readonly first: R | undefined;
  /** Epoch milliseconds of the last record's arrival in the lane. */
  readonly lastReadAt: number;
  /** The shard has ended. */
  readonly noMoreRecords: boolean;
}

/** The tumbling window of a lane while one is open, and the records that it has taken in. */
export class LaneWindow<R extends SourceRecord> {
  readonly #shardId: string;
  readonly #around: WindowSurroundings<R>;
  #window: TumblingWindow | undefined;
  #processed: R[] = [];

  constructor(shardId: string, around: WindowSurroundings<R>) {
    this.#shardId = shardId;
    this.#around = around;
  }

  get isOpen(): boolean {
    return this.#window !== undefined;
  }

  /** The window holds arrivals before this one; Infinity while none is open. */
  get end(): number {
    return this.#window?.end ?? Infinity;
  }

  /** Bytes of the state in the event's JSON. */
  get stateBytes(): number {
    return this.#window?.stateBytes ?? 0;
  }

  /** Whether a window that closes has its final invocation. */
  get hasFinalInvocation(): boolean {
    return this.#window?.hasReturnedState === true || this.#around.assumptions.windowWithoutState === 'finalised';
  }

  /** Opens the window of a record, if the mapping has windows and none is open. */
  open({ approximateArrivalTimestamp }: R): void {
    const windowMs = this.#around.mapping.TumblingWindowInSeconds * 1_000;
    if (windowMs > 0) this.#window ??= new TumblingWindow(approximateArrivalTimestamp, windowMs);
  }

  closes({ first, lastReadAt, noMoreRecords }: ReadSoFar<R>, now: number): boolean {
    if (!this.#window) return false;
    if (this.#window.isTerminatedEarly) return true;
    if (first) return first.approximateArrivalTimestamp >= this.#window.end;
    // Documented: a shard's end closes its window.
    return noMoreRecords || now >= this.closesBy(lastReadAt);
  }

  /** When the open window closes by itself, if no record of a later one comes; Infinity while none is open. */
  closesBy(lastReadAt: number): number {
    return this.#window ? Math.max(this.#window.end, lastReadAt) + windowGraceMs : Infinity;
  }

  /** The open window takes records in. */
  took(records: readonly R[]): void {
    if (this.#window) this.#processed.push(...records);
  }

  close(how: 'finalised' | 'given-up'): void {
    this.#around.observer.windowEnded?.(this.#processed, how);
    this.#processed = [];
    this.#window = undefined;
  }

  /** What an event says beside its records. */
  fields({ isFinalOfWindow }: { readonly isFinalOfWindow: boolean }): WindowFields | undefined {
    return this.#window?.eventFields(this.#shardId, this.#around.source.streamArn, isFinalOfWindow);
  }

  /** Under a tumbling window a response carries the state, or is a failure. */
  withState(batch: Batch<R>, result: RanResult): RanResult {
    if (!this.#window || result.kind !== 'response') return result;
    if (!returnsState(result.payload)) return { kind: 'function-error' };
    const { mapping, assumptions } = this.#around;
    const { next, processed, exhausted } = afterInvocation(batch, result, mapping, assumptions);
    const isWhole = next.length === 0 && exhausted === undefined;
    const isTaken = processed.length > 0 && assumptions.stateAfterPartialFailure === 'returned';
    // A failed invocation changes no state: what comes again as it is starts from the state that it started from.
    if (isWhole || isTaken) this.#window.returned(result.payload.state);
    return result;
  }

  /** Recorded with `MaximumRetryAttempts` 0: a final invocation that fails is given up. Documented: it suspends the shard. */
  afterFinal(batch: Batch<R>, result: RanResult): NextStep<R> {
    const { mapping, assumptions } = this.#around;
    const isReported = result.kind === 'response' && this.#isReport(result.payload);
    if (result.kind === 'response' && !isReported) return { processed: [], passedThoughReported: [], next: [] };
    const suspends = mapping.MaximumRetryAttempts > 0 && assumptions.failingFinalInvocation === 'suspends';
    return afterFailure(batch, suspends ? { MaximumRetryAttempts: -1 } : mapping, isReported ? null : 'Unhandled');
  }

  /** A final invocation has no records: whatever its response reports fails it as a whole. */
  #isReport(payload: unknown): boolean {
    const { mapping, assumptions } = this.#around;
    const isRead = mapping.FunctionResponseTypes.includes('ReportBatchItemFailures');
    return isRead && readBatchItemFailures(payload, [], assumptions).kind !== 'complete-success';
  }
}
