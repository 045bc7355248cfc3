import { chargesOf } from './charges.ts';
import type { Law } from './law.ts';

/**
 * Nothing is quarantined as exhausted with fewer than N charges that can be seen, nor as permanent or undecodable without
 * an error that is; and nothing is counted, in what the handler or the sink is told, that cannot be seen.
 */
export const uncharged: Law = {
  called({ start: { record, chargesBefore }, told: { number } }) {
    if (number - 1 <= chargesBefore) return undefined;
    return `record ${record.index} started as attempt ${number} after ${chargesBefore} charges`;
  },
  sent({ record, reason, charges }, around) {
    const { attempts } = around.guard;
    const seen = chargesOf(record, around);
    if (charges > seen) return `record ${record.index} was sent with ${charges} charges; ${seen} were seen`;
    if (reason === 'permanent' || reason === 'undecodable') {
      const was = record.equals.some((each) => (reason === 'permanent' ? each.wasPermanent : each.wasUndecodable));
      return was ? undefined : `record ${record.index} was quarantined as ${reason} without such an error`;
    }
    if (reason === 'crashed' && !record.equals.some(({ diedAlone }) => diedAlone))
      return `record ${record.index} was quarantined as a killer, and no process has died while it ran alone`;
    if (reason !== 'attempts-exhausted' && reason !== 'timed-out' && reason !== 'crashed')
      return `record ${record.index} was quarantined (${reason}), for which nothing has happened`;
    if (seen >= attempts && charges >= attempts) return undefined;
    return `record ${record.index} was quarantined (${reason}) after ${Math.min(seen, charges)} charges of ${attempts}`;
  },
};
