import type { Law } from './law.ts';

/** A record does not start if recall named it done, quarantined or pending, or if it was done or sent before. Its id never changes. */
export const doneOnce: Law = {
  started({ record, invocation, position }, { guard, now }) {
    const named = invocation.recalled[position];
    if (named !== undefined && named !== 'open')
      return `record ${record.index} started although recall named it ${named}`;
    const { doneIn, sentIn, diedIn, passedIn } = record;
    if (guard.ledger === 'file' && diedIn && remembers(diedIn, invocation)) {
      const most = diedIn.hasOldRepeat ? Math.max(maxRepeats, maxWindow + guard.concurrency) : maxRecentRepeats;
      if (diedIn.repeats > most)
        return `${diedIn.repeats} records that were done when a process died were started again, of ${most} at most`;
    }
    if (passedIn && remembers(passedIn, invocation) && now() - passedIn.to < answeredMs)
      return `record ${record.index} started again although the answer with which a process died had passed it`;
    if (doneIn && remembers(doneIn, invocation))
      return `record ${record.index} started again although it was done before, and nothing was forgotten`;
    if (sentIn && remembers(sentIn, invocation))
      return `record ${record.index} started again although it was to be quarantined, and nothing was forgotten`;
    return undefined;
  },
  toldOfLoss({ record: { index, lostIn }, isCertain }) {
    if (lostIn.length === 0) return `an event says that the answer of record ${index} was lost, and none was`;
    if (!isCertain || lostIn.some(({ process }) => process.fence.ended)) return undefined;
    return `an event says that a process died with the answer of record ${index}, and that lives`;
  },
  known([sequenceNumber]) {
    if (sequenceNumber === undefined) return undefined;
    return `everything is resolved, and the ledger still knows of ${sequenceNumber}: a deliberate replay would not run it`;
  },
  sent({ record, id }) {
    return record.id === undefined || record.id === id ? undefined : `record ${record.index} was sent under two ids`;
  },
};

/** Records that were done when a process died and may not have been marked: several can be done at the same moment. */
const maxRepeats = 32;
const maxWindow = 21;
/** The same, if all of them were done within the last 5 ms. */
const maxRecentRepeats = 256;

/** A ledger remembers a lost answer for 15 minutes of a clock that steps. */
const answeredMs = 10 * 60_000;

/** True if the memory is the same, has had no trouble since, and recall has answered. */
function remembers(before: Parameters<NonNullable<Law['answered']>>[0], now: typeof before): boolean {
  const { memory } = now.process;
  return now.knows && before.process.memory === memory && before.ledgerTroubles === memory.troubles;
}
