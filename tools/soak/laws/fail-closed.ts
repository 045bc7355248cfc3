import type { Law } from './law.ts';

/** A late timer is noticed in the next turn of the event loop. */
const turnMs = 1;

/**
 * Trouble of Undam's own never becomes success: it fails the invocation if it points to no record, and only then. Every response
 * is readable.
 */
export const failClosed: Law = {
  answered({ end, mustFail, payload, batch, to, deadline }, { guard, stoodStillUntil }) {
    // A cut-off call with several records points to none. No record can start after a stand-still up to the budget's end.
    const budgetEndsAt = deadline - guard.reserveMs;
    const isCut = guard.handler !== 'eachRecord' ? to >= budgetEndsAt : stoodStillUntil() + turnMs >= budgetEndsAt;
    if (end === 'error' && mustFail === undefined && !isCut)
      return 'it failed as a whole, and no handler asked for that';
    if (end !== 'response') return undefined;
    if (mustFail !== undefined) return `it answered although ${mustFail}`;
    const failures = (payload as { batchItemFailures?: unknown } | null)?.batchItemFailures;
    if (!Array.isArray(failures)) return 'the response has no batchItemFailures';
    let position = 0;
    const named = new Set(failures.map((failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier));
    if (named.size < failures.length) return 'the response names a record twice';
    for (const failure of failures) {
      const identifier: unknown = (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier;
      while (position < batch.length && batch[position]!.sequenceNumber !== identifier) position++;
      if (position === batch.length) return 'the response does not name records of its batch in batch order, once each';
      position++;
    }
    return undefined;
  },
};
