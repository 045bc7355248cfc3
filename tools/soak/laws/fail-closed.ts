import type { Law } from './law.ts';

/** What was late is heard in the next turn of the event loop. */
const turnMs = 1;

/**
 * Own trouble never becomes success: what names nobody fails the invocation, and every response can be read. Nor does it
 * fail an invocation in which somebody can be named.
 */
export const failClosed: Law = {
  answered({ end, mustFail, payload, batch, to, deadline }, { guard, stoodStillUntil }) {
    // A call of several that was cut off names nobody; nor can anybody start once the event loop stood still until then.
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
