import type { InvocationEnded, UndamEvent } from '../../src/observe/events.ts';

/** The summaries of invocations among the events. */
export function summariesIn(events: readonly UndamEvent[]): InvocationEnded[] {
  return events.filter((event): event is InvocationEnded => event.type === 'invocation-ended');
}
