import { Attempt } from './attempt.ts';
import type { RunOptions } from './run.ts';
import type { Slot, Thrown } from './slot.ts';
import type { StreamRecord } from './source.ts';
import { isThenable, whenSettled } from './thenable.ts';

export interface RecordCallees {
  readonly handler: (record: StreamRecord, attempt: Attempt<unknown>) => unknown;
  readonly decode: ((record: StreamRecord) => unknown) | undefined;
}

/** How a call ended, or that it is waited for. */
export type Ended = 'done' | Thrown | 'later';

/**
 * The calls of a record handler, and of its decoder before it, for the record in a slot.
 *
 * @param ended told how a call ended that was waited for; of the handler's own promise the slot tells
 */
export function recordCalls(
  { batch, context }: RunOptions,
  { handler, decode }: RecordCallees,
  ended: (slot: Slot, how: 'done' | Thrown) => void,
): (slot: Slot) => Ended {
  function handle(slot: Slot, decoded: unknown): Ended {
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

  function handleLater(slot: Slot, decoded: unknown): void {
    // Its time ended while it was decoded: the handler is not started any more.
    const how = slot.state === 'running' ? handle(slot, decoded) : { error: slot.abortedBy };
    if (how !== 'later') ended(slot, how);
  }

  return (slot) => {
    slot.stage = 'decode';
    if (decode === undefined) return handle(slot, undefined);
    try {
      const decoded = decode(batch.records[slot.index]!);
      if (!isThenable(decoded)) return handle(slot, decoded);
      whenSettled(decoded, (value) => handleLater(slot, value), slot.rejected);
      return 'later';
    } catch (error) {
      return { error };
    }
  };
}
