import { type Batch, readRecords } from './batch.ts';
import { UndamError } from './errors.ts';
import { charges } from './history.ts';
import { type Memories, mustLead } from './ledger.ts';

/** The sequence numbers of a batch's records that its handler does not get to see. */
export type Hidden = ReadonlySet<string>;

export const nothingHidden: Hidden = new Set();

/** What needs no handler any more. */
export function resolvedIn(sequenceNumbers: readonly string[], memories: Memories): Hidden {
  return new Set(sequenceNumbers.filter((number) => (memories.get(number)?.state ?? 'open') !== 'open'));
}

/**
 * The same for a handler that nobody wrapped, with what is out of attempts, and with what is not to run beside a suspect:
 * it sees what stands before the first suspect, or that one alone.
 *
 * @param attempts N
 */
export function hiddenFromBare(sequenceNumbers: readonly string[], memories: Memories, attempts: number): Hidden {
  const isOpen = (number: string): boolean => {
    const memory = memories.get(number);
    return memory === undefined || (memory.state === 'open' && charges(memory.attempts) < attempts);
  };
  const hidden = new Set(sequenceNumbers.filter((number) => !isOpen(number)));
  const open = sequenceNumbers.filter(isOpen);
  const suspect = open.findIndex((number) => memories.get(number)?.suspect !== undefined);
  if (suspect < 0) return hidden;
  const runs = suspect === 0 && (open[0] === sequenceNumbers[0] || !mustLead(memories.get(open[0]!)!));
  for (const number of open.slice(runs ? 1 : suspect)) hidden.add(number);
  return hidden;
}

/** The event without what its handler is not to see. */
export function showOpen(event: unknown, hidden: Hidden): unknown {
  if (hidden.size === 0) return event;
  const { records, sequenceNumbers } = readRecords(event);
  const shown = records.filter((_, index) => !hidden.has(sequenceNumbers[index]!));
  return shown.length === records.length ? event : { ...(event as object), Records: shown };
}

/**
 * The batch with its records as other middlewares left them, matched by sequence number.
 *
 * @throws UndamError `event-changed` where a handler would not see a record, or see one that the batch does not have
 */
export function asShown(batch: Batch, event: unknown, hidden: Hidden): Batch {
  if (isUnchanged(batch, event)) return batch;
  const { records, sequenceNumbers } = readRecords(event);
  const shown = new Map(records.map((record, index) => [sequenceNumbers[index]!, record]));
  if (shown.size < records.length) throw eventChanged('has two records of one sequence number');
  const merged = batch.sequenceNumbers.map((sequenceNumber, index) => {
    const record = shown.get(sequenceNumber);
    shown.delete(sequenceNumber);
    if (record !== undefined) return record;
    if (hidden.has(sequenceNumber)) return batch.records[index]!;
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
export function isOf(batch: Batch, event: unknown, hidden: Hidden): boolean {
  try {
    asShown(batch, event, hidden);
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
