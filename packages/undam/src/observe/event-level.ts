import type { InvocationEnded, UndamEvent } from './events.ts';
import { eventLevels } from './names.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A summary, and a record that was passed, are as loud as what happened. */
export function levelOf(event: UndamEvent): LogLevel {
  if (event.type === 'passed-unresolved') return event.likely === 'reports-ignored' ? 'error' : 'warn';
  if (event.type === 'died-after-answer') return event.isCertain ? 'error' : 'warn';
  if (event.type !== 'invocation-ended') return eventLevels[event.type];
  if (!event.responded) return 'error';
  return isOrdinary(event) ? 'info' : 'warn';
}

/** Every record is done, at its first attempt, and nothing of ours failed. */
export function isOrdinary(ended: InvocationEnded): boolean {
  const { responded, outcomes, records, attemptsFailed, ledgerFailures, suspects, zombies } = ended;
  return responded && outcomes.done === records && attemptsFailed + ledgerFailures + suspects + zombies === 0;
}
