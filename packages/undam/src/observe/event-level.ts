import type { InvocationEnded, UndamEvent } from './events.ts';
import { eventLevels } from './names.ts';

/** The levels of Powertools' `Logger`. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The log level of an event. Summaries, passed records and lost answers have a level for each case. */
export function levelOf(event: UndamEvent): LogLevel {
  if (event.type === 'passed-unresolved') return event.likely === 'reports-ignored' ? 'error' : 'warn';
  if (event.type === 'died-after-answer') return event.isCertain ? 'error' : 'warn';
  if (event.type !== 'invocation-ended') return eventLevels[event.type];
  if (!event.responded) return 'error';
  return isOrdinary(event) ? 'info' : 'warn';
}

/** True if every record is done at its first attempt and Undam had no trouble of its own. */
export function isOrdinary(ended: InvocationEnded): boolean {
  const { responded, outcomes, records, attemptsFailed, ledgerFailures, suspects, zombies } = ended;
  return responded && outcomes.done === records && attemptsFailed + ledgerFailures + suspects + zombies === 0;
}
