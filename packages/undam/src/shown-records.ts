import { type Batch, readRecords } from './batch.ts';
import { UndamError } from './errors.ts';
import type { Memories } from './ledger.ts';

/** The event without what needs no handler any more: what one that nobody wrapped gets to see. */
export function showOpen(event: unknown, memories: Memories): unknown {
  const { records, sequenceNumbers } = readRecords(event);
  const open = records.filter((_, index) => !isHidden(sequenceNumbers[index]!, memories));
  return open.length === records.length ? event : { ...(event as object), Records: open };
}

/**
 * The batch with its records as other middlewares left them, matched by sequence number.
 *
 * @throws UndamError `event-changed` where a handler would not see a record, or see one that the batch does not have
 */
export function asShown(batch: Batch, event: unknown, memories: Memories): Batch {
  if (isUnchanged(batch, event)) return batch;
  const { records, sequenceNumbers } = readRecords(event);
  const shown = new Map(records.map((record, index) => [sequenceNumbers[index]!, record]));
  if (shown.size < records.length) throw eventChanged('has two records of one sequence number');
  const merged = batch.sequenceNumbers.map((sequenceNumber, index) => {
    const record = shown.get(sequenceNumber);
    shown.delete(sequenceNumber);
    if (record !== undefined) return record;
    if (isHidden(sequenceNumber, memories)) return batch.records[index]!;
    throw eventChanged(`has lost Records[${index}]`);
  });
  if (shown.size > 0) throw eventChanged('has records that Lambda did not deliver');
  return { ...batch, records: merged };
}

function eventChanged(how: string): UndamError {
  return new UndamError(
    'event-changed',
    `another middleware changed which records there are: the event ${how}, and what no handler sees can be neither done nor reported. Filter with the mapping's FilterCriteria, and filter or take apart inside the handler`,
  );
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
