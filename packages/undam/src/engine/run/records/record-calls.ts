import { isThenable, whenSettled } from '../../../base/thenable.ts';
import type { LambdaContext } from '../../../streams/lambda-context.ts';
import type { Batch } from '../../../streams/read-batch.ts';
import type { StreamRecord } from '../../../streams/sources.ts';
import { type AttemptEnd, done } from '../../judge/attempt-end.ts';
import type { RunOptions } from '../run.ts';
import { Attempt } from './record-attempt.ts';
import type { Slot } from './slot.ts';

export interface RecordCallees {
  readonly handler: (record: StreamRecord, attempt: Attempt<unknown>) => unknown;
  readonly decode: ((record: StreamRecord) => unknown) | undefined;
}

/** Calls a record's decoder, then its handler. */
export class RecordCalls {
  readonly #batch: Batch;
  readonly #context: LambdaContext;
  readonly #callees: RecordCallees;

  constructor({ batch, context }: RunOptions, callees: RecordCallees) {
    this.#batch = batch;
    this.#context = context;
    this.#callees = callees;
  }

  /** Calls for the record in the slot. @returns the end of the attempt; `undefined` if the slot will report it */
  call(slot: Slot): AttemptEnd | undefined {
    const { decode } = this.#callees;
    slot.stage = 'decode';
    if (decode === undefined) return this.#handle(slot, undefined);
    try {
      const decoded = decode(this.#batch.records[slot.index]!);
      if (!isThenable(decoded)) return this.#handle(slot, decoded);
      whenSettled(decoded, (value) => this.#decoded(slot, value), slot.rejected);
      return undefined;
    } catch (error) {
      return slot.thrown(error);
    }
  }

  #decoded(slot: Slot, decoded: unknown): void {
    // If the record's time ended during decoding, its handler does not start.
    const end = slot.state === 'running' ? this.#handle(slot, decoded) : slot.thrown(slot.abortedBy);
    if (end !== undefined) slot.settle(end);
  }

  #handle(slot: Slot, decoded: unknown): AttemptEnd | undefined {
    const { handler } = this.#callees;
    slot.stage = 'handler';
    try {
      slot.attempt = new Attempt(slot.number, decoded, this.#context, slot);
      const answer = handler(this.#batch.records[slot.index]!, slot.attempt);
      if (!isThenable(answer)) return done;
      // The slot's own callbacks cost nothing; the closures of an `await` would cost about 200 bytes per record.
      whenSettled(answer, slot.resolved, slot.rejected);
      return undefined;
    } catch (error) {
      return slot.thrown(error);
    }
  }
}
