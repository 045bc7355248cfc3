import type { InvocationSight } from '../sights/sights.ts';
import { mayBeCharged } from './charges.ts';
import type { Law } from './law.ts';

/**
 * A response moves the checkpoint past the first record or charges it, unless it is held or the trouble is our own; of a unit
 * that is first, it charges or resolves a member.
 */
export const headProgress: Law = {
  answered(invocation, around) {
    const { end, batch, reported, hadTrouble, headMoved, mayHold, startsOnHead, deadline } = invocation;
    if (end !== 'response' || !reported[0] || hadTrouble || headMoved || mayHold) return undefined;
    if (hasResolved(invocation)) return undefined;
    // A stand-still for most of the head's time, or up to the budget's end, gives the head's attempt back or prevents it: the head
    // runs alone next.
    if (around.stoodStillUntil() >= deadline - around.guard.reserveMs) return undefined;
    if (startsOnHead.some((start) => start.standStills < (start.ended?.standStills ?? around.standStills())))
      return undefined;
    if (startsOnHead.some((start) => mayBeCharged(start, around))) return undefined;
    return `the response reports its first record ${batch[0]!.index} without having charged it`;
  },
};

/** Whether a member of the unit that is first was resolved in the invocation. */
function hasResolved({ headSize, resolved, recalled }: InvocationSight): boolean {
  for (let position = 0; position < headSize; position++) {
    const wasResolved = recalled[position] === 'done' || recalled[position] === 'quarantined';
    if (resolved[position] && !wasResolved) return true;
  }
  return false;
}
