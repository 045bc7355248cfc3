import type { Law } from './law.ts';

/** Nothing is quarantined, or told to stop, for another record's fault. */
export const innocent: Law = {
  started({ record }, { isAborted }) {
    return isAborted ? `record ${record.index} started with a signal that was aborted before` : undefined;
  },
  sent({ record, reason }) {
    if (record.wasTroubled) return undefined;
    return `record ${record.index}, on which nothing ever went wrong, was quarantined (${reason})`;
  },
};
