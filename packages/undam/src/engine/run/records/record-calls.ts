import { isThenable, whenSettled } from '../../../base/thenable.ts';
import type { Batch } from '../../../streams/batch.ts';
import type { LambdaContext } from '../../../streams/lambda-context.ts';
import type { StreamRecord } from '../../../streams/sources.ts';
import type { RunOptions } from '../handler-run.ts';
import { Attempt } from './attempt.ts';
import type { Slot, Thrown } from './slot.ts';

export interface RecordCallees {
  readonly handler: (record: StreamRecord, attempt: Attempt<unknown>) => unknown;
  readonly decode: ((record: StreamRecord) => unknown) | undefined;
}

/** How a call ended, or that it is waited for. */
export type Ended = 'done' | Thrown | 'later';

/** The calls of a record handler, and of its decoder before it. */
export class RecordCalls {
  readonly #batch: Batch;
  readonly #context: LambdaContext;
  readonly #callees: RecordCallees;
  readonly #ended: (slot: Slot, how: 'done' | Thrown) => void;

  /** @param ended told how a call ended that was waited for; of the handler's own promise the slot tells */
  constructor(
    { batch, context }: RunOptions,
    callees: RecordCallees,
    ended: (slot: Slot, how: 'done' | Thrown) => void,
  ) {
    this.#batch = batch;
    this.#context = context;
    this.#callees = callees;
    this.#ended = ended;
  }

  /** Calls for the record in the slot. */
  call(slot: Slot): Ended {
    const { decode } = this.#callees;
    slot.stage = 'decode';
    if (decode === undefined) return this.#handle(slot, undefined);
    try {
      const decoded = decode(this.#batch.records[slot.index]!);
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
    if (ended !== 'later') this.#ended(slot, ended);
  }

  #handle(slot: Slot, decoded: unknown): Ended {
    const { handler } = this.#callees;
    slot.stage = 'handler';
    try {
      slot.attempt = new Attempt(slot.number, decoded, this.#context, slot);
      const answer = handler(this.#batch.records[slot.index]!, slot.attempt);
      if (!isThenable(answer)) return 'done';
      // Callbacks of the slot, and not `await`, whose closures are new for each record: some 200 bytes.
      whenSettled(answer, slot.resolved, slot.rejected);
      return 'later';
    } catch (error) {
      return { error };
    }
  }
}
