import type { TimeWindowInfo } from './discard.ts';
import type { StreamEvent } from './ports.ts';

/**
 * Documented: the state of a window holds at most 1 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
 */
const maxStateBytes = 1_000_000;

/** Documented: Lambda waits up to 2 minutes without new records before it closes a window. */
export const windowGraceMs = 120_000;

/** The fields of an event under a tumbling window, beside its records. */
export type WindowFields = Required<Omit<StreamEvent, 'Records'>>;

/** One tumbling window of a shard. https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
export class TumblingWindow {
  /** Epoch milliseconds; the window holds `start <= arrival < end`. */
  readonly start: number;
  readonly end: number;
  #state: unknown = {};
  #stateBytes = 2;
  #hasReturnedState = false;

  /** The window of a record with this arrival. Documented: boundaries go by `approximateArrivalTimestamp`. */
  constructor(arrival: number, lengthMs: number) {
    this.start = Math.floor(arrival / lengthMs) * lengthMs;
    this.end = this.start + lengthMs;
  }

  /** Documented: a state over 1 MB ends the window early. */
  get isTerminatedEarly(): boolean {
    return this.#stateBytes > maxStateBytes;
  }

  /** True once an invocation of this window has succeeded. */
  get hasReturnedState(): boolean {
    return this.#hasReturnedState;
  }

  /** Bytes of the state in the event's JSON. */
  get stateBytes(): number {
    return this.#stateBytes;
  }

  /** The event's fields beside its records, with a copy of the state, because a handler may change it. */
  eventFields(shardId: string, streamArn: string, isFinal: boolean): WindowFields {
    return {
      window: { start: isoSeconds(this.start), end: isoSeconds(this.end) },
      state: structuredClone(this.#state),
      shardId,
      eventSourceARN: streamArn,
      isFinalInvokeForWindow: isFinal,
      isWindowTerminatedEarly: isFinal && this.isTerminatedEarly,
    };
  }

  /** Keeps the state that a response returned. */
  returned(state: unknown): void {
    this.#state = state;
    this.#hasReturnedState = true;
    this.#stateBytes = Buffer.byteLength(JSON.stringify(state) ?? '');
  }
}

/** The part of the fields that an `OnFailure` message repeats (recorded). */
export function timeWindowInfo({
  window,
  isFinalInvokeForWindow,
  isWindowTerminatedEarly,
}: WindowFields): TimeWindowInfo {
  return { window, isFinalInvokeForWindow, isWindowTerminatedEarly };
}

/** Documented: a response without `state` is a failed invocation. */
export function returnsState(payload: unknown): payload is { readonly state: unknown } {
  return typeof payload === 'object' && payload !== null && 'state' in payload && payload.state !== undefined;
}

function isoSeconds(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}
