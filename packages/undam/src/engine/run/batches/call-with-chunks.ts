import type { Batch } from '../../../streams/read-batch.ts';
import type { CallBatchHandler } from './batch-calls.ts';

/**
 * Calls a handler with an event for each chunk of the batch: `event` itself if the first call gets the whole batch, else an event
 * with the same fields.
 *
 * The first call gets the delivered records themselves. Its handler may leave anything in them, such as parsed data in place of
 * text, which would fail a healthy record in the next call. So later calls get copies of the original records.
 */
export function callWithChunks(
  event: unknown,
  { records, source: { copy } }: Batch,
  call: (event: unknown, signal: AbortSignal) => unknown,
): CallBatchHandler {
  const fields = { ...(event as object) };
  // Copies taken before the first call, never handed out themselves: two small objects per record, with long strings shared.
  const kept = records.map(copy);
  let wasCalled = false;
  return (indexes, signal) => {
    const isFirst = !wasCalled;
    wasCalled = true;
    if (isFirst && indexes.length === records.length) return call(event, signal);
    const Records = indexes.map((index) => (isFirst ? records[index]! : copy(kept[index]!)));
    return call({ ...fields, Records }, signal);
  };
}
