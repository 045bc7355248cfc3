import { Map } from '../../base/intrinsics.ts';
/**
 * The limits of one SendMessageBatch call: 10 entries, and 1 MiB for each message and for their sum.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
export const maxBatchEntries = 10;
export const maxBatchBytes = 1_048_576;

/** Packs messages into batches within the limits, in order. A message above the limit gets a batch of its own. */
export function packBatches<T extends { readonly bytes: number }>(messages: readonly T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const last = batches.at(-1);
    if (last === undefined || last.length === maxBatchEntries || bytes + message.bytes > maxBatchBytes) {
      batches.push([message]);
      bytes = message.bytes;
    } else {
      last.push(message);
      bytes += message.bytes;
    }
  }
  return batches;
}

/** Splits items into waves with at most one item per group; a group's items keep their order across waves. */
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
