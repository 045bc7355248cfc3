import type { InvocationSight, RecordSight } from '../sights/sights.ts';
import type { Law } from './law.ts';

/**
 * A record is passed after N charged attempts, as long as the memory of them survives: the deliveries go to one process,
 * or to one disk, and its ledger answers. One that kills the process starts at most N + 2 times where its marks survive;
 * deaths beside something else come on top. Where only claims remain, N + ceil(log2 batch) + 2 deaths pass each killer.
 */
export const boundedBlock: Law = {
  started({ record: { remembered, index, deaths }, invocation }, { guard }) {
    const { process, knows } = invocation;
    const died = process.marks && knows ? deaths?.get(process.marks) : undefined;
    if (died && died.troubles === process.marks?.troubles && died.alone >= guard.attempts + 2)
      return `record ${index} started again after a process had died ${died.alone} times while it ran alone`;
    if (guard.handler !== 'eachRecord' || !isRemembered(remembered, invocation)) return undefined;
    return remembered.isPermanent ? `record ${index} started again after an error that no attempt can mend` : undefined;
  },
  called({ start: { record, remembered, invocation }, told: { number } }, { guard }) {
    const { index } = record;
    if (number > guard.attempts) return `record ${index} started as attempt ${number} of ${guard.attempts}`;
    if (guard.handler !== 'eachRecord' || !isRemembered(remembered, invocation)) return undefined;
    if (number > remembered.charges) return undefined;
    return `record ${index} started as attempt ${number} although it was charged ${remembered.charges} times in this process`;
  },
  charged({ record: { remembered, index } }, { guard }) {
    if (!remembered || remembered.charges <= guard.attempts) return undefined;
    return `record ${index} was charged ${remembered.charges} times in one process, with ${guard.attempts} attempts`;
  },
  answered({ end, batch }, { guard }) {
    if (!guard.claims || guard.hasLocal || (end !== 'crashed' && end !== 'timed-out')) return undefined;
    for (const { index, blocked } of batch) {
      if (!blocked) continue;
      const { deaths, killers, batchSize } = blocked;
      const most = killers.size * (guard.attempts + Math.ceil(Math.log2(batchSize)) + 2);
      if (deaths > most)
        return `${deaths} processes died before record ${index} was passed, of ${killers.size} killers in ${batchSize} records`;
    }
    return undefined;
  },
};

/** True if the memory is the same, has had no trouble since, and recall has answered. */
function isRemembered(
  remembered: RecordSight['remembered'],
  { knows, process: { memory } }: InvocationSight,
): remembered is NonNullable<RecordSight['remembered']> {
  return knows && remembered?.memory === memory && remembered.troubles === memory.troubles;
}
