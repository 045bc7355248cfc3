import type { ProcessSight, RecordSight } from '../sights.ts';
import type { Law } from './law.ts';

/**
 * A record is passed after N charged attempts, as long as the memory of them survives: the deliveries go to one process,
 * and its ledger answers. What kills the process takes a memory in the process along, so killers are not bounded here.
 */
export const boundedBlock: Law = {
  started({ record: { remembered, index }, invocation: { process } }, { number }, { guard }) {
    if (number > guard.attempts) return `record ${index} started as attempt ${number} of ${guard.attempts}`;
    if (guard.handler !== 'eachRecord' || !isRemembered(remembered, process)) return undefined;
    if (remembered.isPermanent) return `record ${index} started again after an error that no attempt can mend`;
    if (number > remembered.charges) return undefined;
    return `record ${index} started as attempt ${number} although it was charged ${remembered.charges} times in this process`;
  },
  charged({ record: { remembered, index } }, { guard }) {
    if (!remembered || remembered.charges <= guard.attempts) return undefined;
    return `record ${index} was charged ${remembered.charges} times in one process, with ${guard.attempts} attempts`;
  },
};

/** The same process, and no trouble with its ledger since. */
function isRemembered(
  remembered: RecordSight['remembered'],
  process: ProcessSight,
): remembered is NonNullable<RecordSight['remembered']> {
  return remembered?.process === process && remembered.troubles === process.ledgerTroubles;
}
