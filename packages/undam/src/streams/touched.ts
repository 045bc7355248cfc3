import type { Batch } from './read-batch.ts';
import type { Left, StreamRecord } from './sources.ts';

/** Only for failures: may scan the whole batch. */
export function leftOf({ records, payloads, source, isTouched, areText }: Batch, index: number): Left {
  const left = source.left(records[index]!, payloads[index]!);
  if (isTouched) return left;
  // The payload was text before the event was read.
  if (areText()) return 'other';
  return left === 'as-delivered' ? left : 'handled';
}

/**
 * True if any record holds a value other than its payload. One comparison per record, of identical strings where nothing changed.
 */
export function isAnyTouched(records: readonly StreamRecord[], { payloads, source }: Batch): boolean {
  for (let index = 0; index < records.length; index++)
    if (source.isTouched(records[index]!, payloads[index]!)) return true;
  return false;
}
