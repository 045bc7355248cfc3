import type { Batch } from './batch.ts';
import type { Left, StreamRecord } from './sources.ts';

/** Asked at a failure only: it may look at each character of the batch. */
export function leftOf({ records, payloads, source, isTouched, areText }: Batch, index: number): Left {
  const left = source.left(records[index]!, payloads[index]!);
  if (isTouched) return left;
  // It was text before the event was read.
  if (areText()) return 'other';
  return left === 'as-delivered' ? left : 'handled';
}

/** Whether something else than its payload stands in any record; costs a comparison for each, and never one of texts that are equal. */
export function isAnyTouched(records: readonly StreamRecord[], { payloads, source }: Batch): boolean {
  for (let index = 0; index < records.length; index++)
    if (source.isTouched(records[index]!, payloads[index]!)) return true;
  return false;
}
