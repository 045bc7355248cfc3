import { kindOf } from '../../../base/describe.ts';
import { Map, Set } from '../../../base/intrinsics.ts';
import { isObject } from '../../../base/is-object.ts';
import { placesOf } from '../../../streams/units.ts';

/** The content of a batch handler's answer. Positions are those in the call; a number means all of its positions. */
export type Reading =
  | { readonly kind: 'reported'; readonly failed: readonly number[] }
  /** One settled result for each record shows whether it is done. */
  | { readonly kind: 'settled'; readonly failures: ReadonlyMap<number, unknown> }
  | { readonly kind: 'unreadable'; readonly problem: string };

/**
 * Reads the answer of a handler that reports its own failures: `{ batchItemFailures }`, or one settled result for each record in
 * the order of the call. Lambda takes `null`, `{}` and the like for complete success
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html). Here they are unreadable: a handler
 * that should answer, and does not, reports nothing.
 */
export function readAnswer(answer: unknown, sequenceNumbers: readonly string[]): Reading {
  try {
    if (Array.isArray(answer)) return readSettled(answer, sequenceNumbers.length);
    if (!isObject(answer)) return unreadableAnswer(`got ${kindOf(answer)}${answersNothing(answer)}`);
    const { batchItemFailures } = answer as { batchItemFailures?: unknown };
    if (!Array.isArray(batchItemFailures))
      return unreadableAnswer(`got ${kindOf(batchItemFailures)} as batchItemFailures`);
    return readReported(batchItemFailures, sequenceNumbers);
  } catch {
    return unreadableAnswer('got an answer that throws when it is read');
  }
}

function readReported(failures: readonly unknown[], sequenceNumbers: readonly string[]): Reading {
  if (failures.length === 0) return { kind: 'reported', failed: [] };
  const positions: ReadonlyMap<unknown, readonly number[]> = placesOf(sequenceNumbers);
  const failed = new Set<number>();
  // By index, as JSON serialises the elements for Lambda: the array may have an iterator of its own.
  for (let index = 0; index < failures.length; index++) {
    const identifier = (failures[index] as { itemIdentifier?: unknown } | null | undefined)?.itemIdentifier;
    const named = positions.get(identifier);
    if (named === undefined)
      return unreadableAnswer(`got ${kindOf(identifier)} as itemIdentifier, which names no record of the call`);
    for (const position of named) failed.add(position);
  }
  return { kind: 'reported', failed: [...failed].sort((a, b) => a - b) };
}

function readSettled(results: readonly unknown[], records: number): Reading {
  if (results.length !== records)
    return unreadableAnswer(`got ${results.length} settled results for ${records} records`);
  const failures = new Map<number, unknown>();
  for (let position = 0; position < records; position++) {
    const { status, reason } = (results[position] ?? {}) as { status?: unknown; reason?: unknown };
    if (status === 'rejected') failures.set(position, reason);
    else if (status !== 'fulfilled')
      return unreadableAnswer(`got ${kindOf(status)} as status of settled result ${position}`);
  }
  return { kind: 'settled', failures };
}

/** The remedy for a handler without any answer. */
function answersNothing(answer: unknown): string {
  return answer === undefined || answer === null ? ': a handler that answers nothing goes through splitOnError()' : '';
}

function unreadableAnswer(got: string): Reading {
  return {
    kind: 'unreadable',
    problem: `expected { batchItemFailures: [{ itemIdentifier }] } or one settled result for each record, ${got}`,
  };
}
