import { Map } from '../../base/intrinsics.ts';
/**
 * The limits of one SendMessageBatch call: 10 entries, and 1 MiB for a message as for the sum of all.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export const MAX_BATCH_ENTRIES = 10;
export const MAX_BATCH_BYTES = 1_048_576;

/** Cuts messages into batches within the limits, in their order. A message above the limit stands alone. */
export function packBatches<T extends { readonly bytes: number }>(messages: readonly T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const last = batches.at(-1);
    if (last === undefined || last.length === MAX_BATCH_ENTRIES || bytes + message.bytes > MAX_BATCH_BYTES) {
      batches.push([message]);
      bytes = message.bytes;
    } else {
      last.push(message);
      bytes += message.bytes;
    }
  }
  return batches;
}

/** Cuts items into waves of which none holds two of one group; each group keeps its order from wave to wave. */
export function groupWaves<T extends { readonly group: string }>(items: readonly T[]): T[][] {
  const waves: T[][] = [];
  const next = new Map<string, number>();
  for (const item of items) {
    const wave = next.get(item.group) ?? 0;
    next.set(item.group, wave + 1);
    waves[wave] ??= [];
    waves[wave].push(item);
  }
  return waves;
}
