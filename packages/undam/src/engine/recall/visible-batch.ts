import { UndamError } from '../../base/errors.ts';
import { type Batch, readRecords } from '../../streams/read-batch.ts';
import { isAnyTouched } from '../../streams/touched.ts';
import { placesOf } from '../../streams/units.ts';

/**
 * The batch with its records as other middlewares left them, matched by sequence number, and within a unit by order.
 *
 * @throws UndamError `event-changed` if a handler would miss a record, or see one that is not in the batch
 */
export function asChanged(batch: Batch, event: unknown): Batch {
  if (isUnchanged(batch, event)) return isAnyTouched(batch.records, batch) ? { ...batch, isTouched: true } : batch;
  const records = changedRecords(batch, event);
  if (typeof records === 'string') throw eventChanged(records);
  return { ...batch, records, isTouched: isAnyTouched(records, batch) };
}

/** The event's records in batch order, or the reason to refuse the event. */
function changedRecords(batch: Batch, event: unknown): Batch['records'] | string {
  const { records, sequenceNumbers } = readRecords(event);
  const changed = placesOf(sequenceNumbers);
  const merged: Batch['records'][number][] = [];
  for (const [index, sequenceNumber] of batch.sequenceNumbers.entries()) {
    const place = changed.get(sequenceNumber)?.shift();
    if (place === undefined) return `lacks Records[${index}]`;
    merged.push(records[place]!);
  }
  return records.length > merged.length ? 'has records that Lambda did not deliver' : merged;
}

function eventChanged(how: string): UndamError {
  return new UndamError(
    'event-changed',
    `expected the records that Lambda delivered, got an event that ${how}: another middleware changed it, and Undam can report only delivered records that the handler sees. Filter with the mapping's FilterCriteria, or filter and take records apart inside the handler`,
  );
}

/** True if the event could belong to the batch. */
export function isOf(batch: Batch, event: unknown): boolean {
  try {
    return isUnchanged(batch, event) || typeof changedRecords(batch, event) !== 'string';
  } catch {
    return false;
  }
}

/** True if the event has a record of the batch; it may lack or add others. */
export function sharesRecords(batch: Batch, event: unknown): boolean {
  try {
    return readRecords(event).sequenceNumbers.some((sequenceNumber) => batch.sequenceNumbers.includes(sequenceNumber));
  } catch {
    return false;
  }
}

function isUnchanged({ records }: Batch, event: unknown): boolean {
  const changed = (event as { Records?: unknown } | null | undefined)?.Records;
  if (!Array.isArray(changed) || changed.length !== records.length) return false;
  for (let index = 0; index < records.length; index++) if (changed[index] !== records[index]) return false;
  return true;
}
