import type { ProcessSight, RecordSight } from '../sights.ts';
import type { Law } from './law.ts';

/**
 * A record is passed after N charged attempts, as long as the memory of them survives: the deliveries go to one process,
 * or to one disk, and its ledger answers. One that kills the process starts at most N + 2 times where its marks survive;
 * deaths beside something else come on top.
 */
export const boundedBlock: Law = {
  started({ record: { remembered, index, deaths }, invocation: { process } }, { number }, { guard }) {
    const died = guard.ledger === 'file' ? deaths.get(process.memory) : undefined;
    if (died?.troubles === process.memory.troubles && died.alone >= guard.attempts + 2)
      return `record ${index} started again after a process had died ${died.alone} times while it ran alone`;
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

/** The same memory, and no trouble with it since. */
function isRemembered(
  remembered: RecordSight['remembered'],
  process: ProcessSight,
): remembered is NonNullable<RecordSight['remembered']> {
  return remembered?.memory === process.memory && remembered.troubles === process.memory.troubles;
}
