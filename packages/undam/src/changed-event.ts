import { type Batch, readRecords } from './batch.ts';
import { UndamError } from './errors.ts';
import { isAnyTouched } from './touched.ts';
import { placesOf } from './units.ts';

/**
 * The batch with its records as other middlewares left them, matched by sequence number, and those of a unit by their order.
 *
 * @throws UndamError `event-changed` where a handler would not see a record, or see one that the batch does not have
 */
export function asChanged(batch: Batch, event: unknown): Batch {
  if (isUnchanged(batch, event)) return isAnyTouched(batch.records, batch) ? { ...batch, isTouched: true } : batch;
  const { records, sequenceNumbers } = readRecords(event);
  const changed = placesOf(sequenceNumbers);
  const merged = batch.sequenceNumbers.map((sequenceNumber, index) => {
    const place = changed.get(sequenceNumber)?.shift();
    if (place === undefined) throw eventChanged(`has lost Records[${index}]`);
    return records[place]!;
  });
  if (records.length > merged.length) throw eventChanged('has records that Lambda did not deliver');
  return { ...batch, records: merged, isTouched: isAnyTouched(merged, batch) };
}

function eventChanged(how: string): UndamError {
  return new UndamError(
    'event-changed',
    `another middleware changed which records there are: the event ${how}, and what no handler sees can be neither done nor reported. Filter with the mapping's FilterCriteria, and filter or take apart inside the handler`,
  );
}

/** Whether an event could be that of the batch. */
export function isOf(batch: Batch, event: unknown): boolean {
  try {
    asChanged(batch, event);
    return true;
  } catch {
    return false;
  }
}

/** Whether an event has some record of the batch, and may lack or add others. */
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
