import { Map, Set } from '../../base/intrinsics.ts';
import { isObject } from '../../base/is-object.ts';
import { textOf } from '../../base/text.ts';
import { callFailed, entryRefused, faultOf, isPassing, sqsError } from './errors.ts';

/** The fate of one entry after a call. Only `accepted` entries count as stored. */
export type EntryResult = { readonly next: 'accepted' } | { readonly next: NotStored; readonly error: Error };

/**
 * `again`: not the message's fault, so it is sent unchanged. `smaller`: SQS refused its content. `halves`: SQS refused the
 * content of an unnamed entry. `refused`: no retry can help.
 */
type NotStored = 'again' | 'smaller' | 'halves' | 'refused';

/** One result for each entry sent, by its id. */
export type EntryResults = ReadonlyMap<string, EntryResult>;

/**
 * Reads the answer to a SendMessageBatch call. Fails closed: an id in both lists or in neither is not accepted, and an answer
 * with an id that was not sent accepts nothing.
 */
export function readResults(ids: readonly string[], answer: unknown): EntryResults {
  const successful = entriesIn(answer, 'Successful');
  const failed = entriesIn(answer, 'Failed');
  const known = new Set<unknown>(ids);
  const foreign = [...successful, ...failed].some(({ Id }) => !known.has(Id));
  const accepted = new Set(successful.map(({ Id }) => Id));
  const failures = new Map(failed.map((entry) => [entry.Id, entry]));
  return new Map(ids.map((id) => [id, foreign ? confused : resultOf(accepted.has(id), failures.get(id))]));
}

/** Reads the error of a call that failed as a whole. */
export function readFailedCall(ids: readonly string[], error: unknown): EntryResults {
  const next = { passing: 'again', content: ids.length > 1 ? 'halves' : 'smaller', final: 'refused' } as const;
  const result: EntryResult = { next: next[faultOf(error)], error: callFailed(error) };
  return new Map(ids.map((id) => [id, result]));
}

interface AnswerEntry {
  readonly Id?: unknown;
  readonly Code?: unknown;
  readonly SenderFault?: unknown;
}

const confused: EntryResult = { next: 'again', error: sqsError('SQS answered with entries that were not sent') };
const ambiguous: EntryResult = {
  next: 'again',
  error: sqsError('SQS did not confirm that it accepted the message'),
};

function resultOf(accepted: boolean, failure: AnswerEntry | undefined): EntryResult {
  if (failure === undefined) return accepted ? { next: 'accepted' } : ambiguous;
  if (accepted) return ambiguous;
  const code = textOf(failure.Code) ?? 'no code';
  const error = entryRefused(code);
  return { next: failure.SenderFault === true && !isPassing(code) ? 'smaller' : 'again', error };
}

function entriesIn(answer: unknown, list: 'Successful' | 'Failed'): readonly AnswerEntry[] {
  const entries: unknown = (answer as Record<string, unknown> | null | undefined)?.[list];
  return Array.isArray(entries) ? entries.filter((entry) => isObject(entry)) : [];
}
