/** What a response says about its batch under `ReportBatchItemFailures`. */
export type BatchVerdict =
  | { readonly kind: 'complete-success' }
  /** `index` is that of the lowest reported record: the checkpoint. */
  | { readonly kind: 'partial-failure'; readonly index: number }
  | { readonly kind: 'complete-failure' };

/**
 * Reads a function's response as Lambda does.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * - documented: `null`, an empty response, an object without or with an empty or null `batchItemFailures` is a
 *   complete success; an identifier that is empty, null or under a wrong key is a complete failure; of several
 *   identifiers the lowest sequence number is the checkpoint.
 * - recorded from AWS: the same, and `''` and `[]` are complete successes; an identifier that is no string is a
 *   complete failure (recorded with one record in the batch).
 * - assumed: an object with other keys only is a complete success; an identifier that is not in the batch, also beside
 *   good ones, and any other kind of response are complete failures.
 *
 * @param response the response after JSON
 * @param sequenceNumbers those of the batch, in batch order
 */
export function readBatchItemFailures(response: unknown, sequenceNumbers: readonly string[]): BatchVerdict {
  if (response === null || response === undefined || response === '') return { kind: 'complete-success' };
  if (typeof response !== 'object') return { kind: 'complete-failure' };
  if (Array.isArray(response)) return { kind: response.length === 0 ? 'complete-success' : 'complete-failure' };
  const failures = (response as { batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return { kind: 'complete-success' };
  if (!Array.isArray(failures)) return { kind: 'complete-failure' };
  if (failures.length === 0) return { kind: 'complete-success' };
  return lowestReported(failures, sequenceNumbers);
}

function lowestReported(failures: readonly unknown[], sequenceNumbers: readonly string[]): BatchVerdict {
  const positions = new Map(sequenceNumbers.map((sequenceNumber, index) => [sequenceNumber, index]));
  let lowest: string | undefined;
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    if (typeof identifier !== 'string' || !positions.has(identifier)) return { kind: 'complete-failure' };
    // Up to 56 digits: as strings or as numbers they compare wrongly.
    if (lowest === undefined || BigInt(identifier) < BigInt(lowest)) lowest = identifier;
  }
  const index = lowest === undefined ? undefined : positions.get(lowest);
  return index === undefined ? { kind: 'complete-failure' } : { kind: 'partial-failure', index };
}
