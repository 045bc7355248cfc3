import type { SourceRecord } from './ports.ts';
import type { Batch } from './retries.ts';

/** A batch that goes to the function next, or again. */
export interface PendingBatch<R extends SourceRecord> extends Batch<R> {
  /** Recorded: kept while the batch comes again as it is; each new composition has its own. */
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

/** Takes the oldest records off the batches; one that is empty then is gone. */
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
