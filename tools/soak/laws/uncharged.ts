import { chargesOf } from './charges.ts';
import type { Law } from './law.ts';

/** Nothing is quarantined as exhausted with fewer than N charges that can be seen. */
export const uncharged: Law = {
  sent({ record, reason }, around) {
    if (reason !== 'attempts-exhausted' && reason !== 'timed-out') return undefined;
    const charges = chargesOf(record, around);
    if (charges >= around.guard.attempts) return undefined;
    return `record ${record.index} was quarantined (${reason}) after ${charges} charges of ${around.guard.attempts}`;
  },
};
