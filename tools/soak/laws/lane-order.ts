import type { InvocationSight } from '../sights/sights.ts';
import type { Law, Surroundings } from './law.ts';

/**
 * No record starts while an earlier one of its lane in the batch is unresolved, nor twice at a time, nor more than
 * `concurrency` records. Amortised O(1).
 */
export const laneOrder: Law = {
  started({ invocation, position, record }, around) {
    const { guard } = around;
    // `apart` reports a record that was not delivered to this invocation.
    if (invocation.batch[position] !== record) return undefined;
    if (guard.handler === 'splitOnError') return outOfTurn(invocation, position);
    if (guard.handler !== 'eachRecord') return undefined;
    if (invocation.inFlight.length >= guard.concurrency && slotsTaken(invocation, around) >= guard.concurrency)
      return `record ${record.index} started while ${guard.concurrency} others were running, as many as may`;
    if (invocation.running[position]) return `record ${record.index} started again while it was running`;
    if (invocation.resolved[position]) return undefined;
    const lane = invocation.lanes[position]!;
    while (lane.positions[lane.next] !== position && invocation.resolved[lane.positions[lane.next]!]) lane.next++;
    const first = lane.positions[lane.next]!;
    if (first >= position) return undefined;
    return `record ${record.index} started while record ${invocation.batch[first]!.index} of its lane was unresolved`;
  },
};

/** A record in a call waits for those of its lane that are not in the same call. */
function outOfTurn({ batch, running, resolved, lanes }: InvocationSight, position: number): string | undefined {
  const { index } = batch[position]!;
  if (running[position]) return `record ${index} was called again while it was running`;
  if (resolved[position]) return undefined;
  const { positions } = lanes[position]!;
  const first = positions.find((other) => other < position && !resolved[other] && !running[other]);
  if (first === undefined) return undefined;
  return `record ${index} was called without record ${batch[first]!.index} of its lane, which was unresolved`;
}

/** Starts that have neither ended nor used up their `recordMs`, as far as can be seen. */
function slotsTaken({ inFlight }: InvocationSight, { guard, now }: Surroundings): number {
  const isTaken = ({ ended, at }: InvocationSight['inFlight'][number]): boolean =>
    ended === undefined && (guard.recordMs === 0 || now() - at < guard.recordMs);
  const taken = inFlight.filter(isTaken);
  inFlight.splice(0, inFlight.length, ...taken);
  return taken.length;
}
