import type { Law } from './law.ts';

/** A handler gets the records and the context of its own invocation. */
export const apart: Law = {
  called({ start: { record }, told }) {
    if (told.isOfThisInvocation) return undefined;
    return `record ${record.index} started with the context of another invocation`;
  },
  started({ record, invocation, position }) {
    if (invocation.batch[position] === record) return undefined;
    return `record ${record.index} started in an invocation that it was not delivered to`;
  },
};
