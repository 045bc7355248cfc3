import type { SourceRecord } from './ports.ts';
import type { Batch } from './retries.ts';

/** A batch for the function's next invocation, new or retried. */
export interface PendingBatch<R extends SourceRecord> extends Batch<R> {
  /** Recorded: kept while the batch is retried unchanged; each new composition has its own. */
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly isFinalOfWindow: boolean;
}

/** The same batch with other records. */
export function recomposed<R extends SourceRecord>(
  batch: PendingBatch<R>,
  records: readonly R[],
  requestId: string,
): PendingBatch<R> {
  return { ...batch, records, requestId };
}

/** Removes the oldest records that are gone, and batches that are empty then. */
export function takeOldest<R extends SourceRecord>(
  batches: PendingBatch<R>[],
  isGone: (record: R) => boolean,
  newRequestId: () => string,
): R[] {
  const gone: R[] = [];
  for (let batch = batches[0]; batch?.records[0] && isGone(batch.records[0]); batch = batches[0]) {
    const kept = batch.records.findIndex((record) => !isGone(record));
    gone.push(...(kept === -1 ? batch.records : batch.records.slice(0, kept)));
    if (kept === -1) batches.shift();
    else batches[0] = recomposed(batch, batch.records.slice(kept), newRequestId());
  }
  return gone;
}
