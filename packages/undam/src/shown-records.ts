import { type Batch, readBatch } from './batch.ts';
import { UndamError } from './errors.ts';
import type { Memories } from './ledger.ts';

/** The event without what needs no handler any more: what one that nobody wrapped gets to see. */
export function showOpen(event: unknown, memories: Memories): unknown {
  const { records, sequenceNumbers } = readBatch(event);
  const open = records.filter((_, index) => !isHidden(sequenceNumbers[index]!, memories));
  return open.length === records.length ? event : { ...(event as object), Records: open };
}

/**
 * The batch with its records as other middlewares left them, matched by sequence number.
 *
 * @throws UndamError `event-changed` where one is missing that a handler has to see
 */
export function asShown(batch: Batch, event: unknown, memories: Memories): Batch {
  if (isUnchanged(batch, event)) return batch;
  const shown = readBatch(event);
  const records = new Map(shown.records.map((record, index) => [shown.sequenceNumbers[index]!, record]));
  return {
    ...batch,
    records: batch.records.map((record, index) => {
      const sequenceNumber = batch.sequenceNumbers[index]!;
      const changed = records.get(sequenceNumber) ?? (isHidden(sequenceNumber, memories) ? record : undefined);
      if (changed !== undefined) return changed;
      throw new UndamError(
        'event-changed',
        `Records[${index}] was taken from the event by another middleware: a record that no handler sees can be neither done nor reported. Filter with the mapping's FilterCriteria or inside the handler`,
      );
    }),
  };
}

/** Whether an event could be that of the batch. */
export function isOf(batch: Batch, event: unknown, memories: Memories): boolean {
  try {
    asShown(batch, event, memories);
    return true;
  } catch {
    return false;
  }
}

function isUnchanged({ records }: Batch, event: unknown): boolean {
  const shown = (event as { Records?: unknown } | null | undefined)?.Records;
  if (!Array.isArray(shown) || shown.length !== records.length) return false;
  for (let index = 0; index < records.length; index++) if (shown[index] !== records[index]) return false;
  return true;
}

function isHidden(sequenceNumber: string, memories: Memories): boolean {
  const memory = memories.get(sequenceNumber);
  return memory !== undefined && memory.state !== 'open';
}
