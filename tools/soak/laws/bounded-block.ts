import type { Law } from './law.ts';

/**
 * A record is passed after N charged attempts, as long as the memory of them survives: the deliveries go to one process,
 * and its ledger answers. What kills the process takes a memory in the process along, so killers are not bounded here.
 */
export const boundedBlock: Law = {
  started({ record }, { number }, { guard }) {
    if (number <= guard.attempts) return undefined;
    return `record ${record.index} started as attempt ${number} of ${guard.attempts}`;
  },
  charged({ record: { remembered, index } }, { guard }) {
    if (!remembered || remembered.charges <= guard.attempts) return undefined;
    return `record ${index} was charged ${remembered.charges} times in one process, with ${guard.attempts} attempts`;
  },
};
