import type { Law } from './law.ts';

/** No record starts while an earlier one of its lane in the batch is unresolved, nor twice at a time. Amortised O(1). */
export const laneOrder: Law = {
  started({ invocation, position, record }, _attempt, { guard }) {
    if (guard.handler !== 'eachRecord') return undefined;
    if (invocation.running[position]) return `record ${record.index} started again while it was running`;
    if (guard.order === 'none' || invocation.resolved[position]) return undefined;
    const lane = invocation.lanes.get(guard.order === 'key' ? record.planned.key : 0)!;
    while (lane.positions[lane.next] !== position && invocation.resolved[lane.positions[lane.next]!]) lane.next++;
    const first = lane.positions[lane.next]!;
    if (first >= position) return undefined;
    return `record ${record.index} started while record ${invocation.batch[first]!.index} of its lane was unresolved`;
  },
};
