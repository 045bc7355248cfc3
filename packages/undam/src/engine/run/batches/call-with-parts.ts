import type { Batch } from '../../../streams/batch.ts';
import type { CallBatchHandler } from './batch-calls.ts';

/**
 * Calls a handler with an event for each part of the batch: `event` itself where the first call gets all of it, else one
 * with its fields.
 *
 * The first call gets the very records that were delivered. It may leave anything in them, such as parsed data in the
 * place of text, which would fail a healthy record in the next call: later calls get copies of what the first one got.
 */
export function callWithParts(
  event: unknown,
  { records, source: { copy } }: Batch,
  call: (event: unknown, signal: AbortSignal) => unknown,
): CallBatchHandler {
  const fields = { ...(event as object) };
  // What is handed out is not looked at again. Two small objects for each record, long strings shared.
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
