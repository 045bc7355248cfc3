import type { Law } from './law.ts';

/** Nothing is quarantined, or told to stop, for another record's fault. */
export const innocent: Law = {
  called({ start: { record }, told }) {
    return told.isAborted ? `record ${record.index} started with a signal that was aborted before` : undefined;
  },
  aborted({ record, ended, at, stoodStillMs, invocation }, around) {
    const { guard, now } = around;
    if (ended) return `record ${record.index} was told to stop after it had ended`;
    if (invocation.end !== undefined || now() >= invocation.deadline - guard.reserveMs) return undefined;
    if (guard.recordMs > 0 && now() - at - (around.stoodStillMs() - stoodStillMs) >= guard.recordMs) return undefined;
    return `record ${record.index} was told to stop before its time had ended`;
  },
  sent({ record, reason }) {
    if (record.equals.some(({ wasTroubled }) => wasTroubled)) return undefined;
    return `record ${record.index}, on which nothing ever went wrong, was quarantined (${reason})`;
  },
};
