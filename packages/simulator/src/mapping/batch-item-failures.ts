import type { MappingAssumptions } from './assumptions.ts';

/** How a response resolves its batch under `ReportBatchItemFailures`. */
export type BatchVerdict =
  | { readonly kind: 'complete-success' }
  /** Index of the lowest reported record, which is the checkpoint. */
  | { readonly kind: 'partial-failure'; readonly index: number }
  | { readonly kind: 'complete-failure' };

type ResponseAssumptions = Pick<
  MappingAssumptions,
  'unknownIdentifier' | 'badIdentifierBesideGood' | 'failuresNoList' | 'objectWithoutKey' | 'otherResponse'
>;

/**
 * Reads a function's response as Lambda does.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 *
 * - Documented: `null`, an empty response and an object whose `batchItemFailures` is absent, empty or null are complete
 *   successes. An identifier that is empty, null or under a wrong key is a complete failure. Of several identifiers, the lowest
 *   sequence number is the checkpoint.
 * - Recorded on AWS: the same. `''` and `[]` are complete successes; an identifier that is not a string is a complete failure
 *   (recorded with one record in the batch).
 * - Assumed: see `MappingAssumptions`.
 *
 * @param response parsed from JSON
 * @param sequenceNumbers of the batch, in batch order
 */
export function readBatchItemFailures(
  response: unknown,
  sequenceNumbers: readonly string[],
  assumptions: ResponseAssumptions,
): BatchVerdict {
  if (response === null || response === undefined || response === '') return { kind: 'complete-success' };
  if (Array.isArray(response) && response.length === 0) return { kind: 'complete-success' };
  if (typeof response !== 'object' || Array.isArray(response)) return { kind: assumptions.otherResponse };
  if (!('batchItemFailures' in response)) return withoutKey(response, assumptions);
  const failures = response.batchItemFailures;
  if (failures === null || failures === undefined) return { kind: 'complete-success' };
  if (!Array.isArray(failures)) return { kind: assumptions.failuresNoList };
  if (failures.length === 0) return { kind: 'complete-success' };
  return lowestReported(failures, sequenceNumbers, assumptions);
}

function withoutKey(response: object, assumptions: ResponseAssumptions): BatchVerdict {
  // Documented for `{}`.
  return { kind: Object.keys(response).length === 0 ? 'complete-success' : assumptions.objectWithoutKey };
}

function lowestReported(
  failures: readonly unknown[],
  sequenceNumbers: readonly string[],
  { unknownIdentifier, badIdentifierBesideGood }: ResponseAssumptions,
): BatchVerdict {
  const positions = firstPositions(sequenceNumbers);
  let lowest: string | undefined;
  for (const failure of failures) {
    const identifier = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
    const isGood = typeof identifier === 'string' && positions.has(identifier);
    // Up to 56 digits: compared as strings or numbers they give a wrong order.
    if (isGood && (lowest === undefined || BigInt(identifier) < BigInt(lowest))) lowest = identifier;
    const isUnknown = typeof identifier === 'string' && identifier !== '';
    if (!isGood && (isUnknown ? unknownIdentifier : badIdentifierBesideGood) === 'complete-failure') {
      return { kind: 'complete-failure' };
    }
  }
  // Recorded: without a valid identifier the whole batch has failed.
  const index = lowest === undefined ? undefined : positions.get(lowest);
  return index === undefined ? { kind: 'complete-failure' } : { kind: 'partial-failure', index };
}

/** Recorded: user records of one KPL aggregate share their sequence number, which names the first of them in the batch. */
function firstPositions(sequenceNumbers: readonly string[]): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [index, sequenceNumber] of sequenceNumbers.entries()) {
    if (!positions.has(sequenceNumber)) positions.set(sequenceNumber, index);
  }
  return positions;
}
