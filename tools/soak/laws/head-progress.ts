import { mayBeCharged } from './charges.ts';
import type { Law } from './law.ts';

/** A response moves the checkpoint past the first record or charges it, unless it is held or the trouble is our own. */
export const headProgress: Law = {
  answered(invocation, around) {
    const { end, batch, reported, hadTrouble, headMoved, startsOnHead, standStills } = invocation;
    if (end !== 'response' || !reported[0] || hadTrouble || headMoved) return undefined;
    // A neighbour that keeps the event loop still for most of the head's time has it given back: it runs alone next.
    if (around.standStills() > standStills) return undefined;
    if (startsOnHead.some((start) => mayBeCharged(start, around))) return undefined;
    return `the response reports its first record ${batch[0]!.index} without having charged it`;
  },
};
