import { type Batch, readBatch } from './batch.ts';
import { UndamError } from './errors.ts';
import type { Memories } from './ledger.ts';

/** The event without what needs no handler any more: what one that nobody wrapped gets to see. */
export function showOpen(event: unknown, { records, sequenceNumbers }: Batch, memories: Memories): unknown {
  const open = records.filter((_, index) => (memories.get(sequenceNumbers[index]!)?.state ?? 'open') === 'open');
  return open.length === records.length ? event : { ...(event as object), Records: open };
}

/**
 * The batch with its records as another middleware left them, matched by sequence number.
 *
 * @throws UndamError `event-changed` where one is missing that the ledger does not know
 */
export function asShown(batch: Batch, event: unknown, memories: Memories): Batch {
  const shown = readBatch(event);
  const records = new Map(shown.records.map((record, index) => [shown.sequenceNumbers[index]!, record]));
  return {
    ...batch,
    records: batch.records.map((record, index) => {
      const sequenceNumber = batch.sequenceNumbers[index]!;
      const changed = records.get(sequenceNumber) ?? (memories.has(sequenceNumber) ? record : undefined);
      if (changed !== undefined) return changed;
      throw new UndamError(
        'event-changed',
        `Records[${index}] was taken from the event by another middleware: a record that no handler sees can be neither done nor reported. Filter with the mapping's FilterCriteria or inside the handler`,
      );
    }),
  };
}
