import { timersLeft } from '../run/live-timers.ts';
import type { Law } from './law.ts';

/** Milliseconds between Undam's answer and the deadline. */
const minMs = 50;

/** A timer of Undam may fire so much later than one of the decoder. */
const timerMs = 2;

/** Between two readings of the clock by the engine. */
const beatMs = 50;

/** Nothing starts in the reserve, nor does a handler whose time its decoder used up; the answer comes before the deadline, and neither a timer nor a send comes behind it. */
export const inBudget: Law = {
  started({ record, at, invocation }, { guard, stoodStillUntil }) {
    if (invocation.end !== undefined) return `record ${record.index} started after its invocation had ended`;
    // Neighbours may block the event loop between a reading of the clock and a start.
    if (at < invocation.deadline - guard.reserveMs || at === stoodStillUntil()) return undefined;
    return `record ${record.index} started after the budget had ended`;
  },
  called({ start }, { guard, now, stoodStillUntil }) {
    const { record, invocation, at } = start;
    if (invocation.end !== undefined)
      return `record ${record.index} came to its handler after its invocation had ended`;
    const lateMs = Math.max(now() - at - (guard.recordMs || Infinity), now() - (invocation.deadline - guard.reserveMs));
    if (start.decoded === undefined || lateMs <= timerMs) return undefined;
    // Time in which the event loop stood still counts against no record. The engine notices it one beat later at most, and
    // gives it back to whatever runs then.
    if (stoodStillUntil() >= at - beatMs) return undefined;
    return `the handler of record ${record.index} was called ${lateMs} ms after its time had ended in the decoder`;
  },
  sent({ record, invocation }) {
    if (invocation?.batch[record.position] === record) return undefined;
    return `record ${record.index} was sent behind the end of its invocation`;
  },
  answered({ end, to, deadline, process }, { guard, stoodStillUntil }) {
    if (end === 'crashed') return undefined;
    // Only Lambda can end a handler that blocks the event loop into the reserve.
    if (stoodStillUntil() < deadline - guard.reserveMs) {
      if (end === 'timed-out') return 'Lambda had to end it at its deadline';
      if (to > deadline - minMs) return `it ended ${deadline - to} ms before its deadline`;
    }
    if (end === 'timed-out') return undefined;
    const timers = timersLeft(process.fence);
    return timers === 0 ? undefined : `it left ${timers} timers behind`;
  },
};
