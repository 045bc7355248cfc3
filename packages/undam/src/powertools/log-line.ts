import type { InvocationEnded, ObservedInvocation, RecordPosition, UndamEvent } from '../observe.ts';
import { eventLevels, type LoggedKey } from '../observed-names.ts';
import { errorNames, shownError } from '../shown-error.ts';
import { streamName } from './stream-name.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What of ours stands in a log line. Nothing in it was taken from a record's data, its key or its error's message. */
export type LoggedFields = Partial<Record<LoggedKey, unknown>>;

/** An event as a log has it, `invocation-ended` as the summary line. */
export function fieldsOf(event: UndamEvent, invocation: ObservedInvocation): LoggedFields {
  const { requestId, shardId } = invocation;
  const stream = streamName(invocation.eventSourceArn);
  return { event: event.type, requestId, stream, shardId, ...ownFields(event) };
}

/** A summary is as loud as what happened. */
export function levelOf(event: UndamEvent): LogLevel {
  if (event.type !== 'invocation-ended') return eventLevels[event.type];
  if (!event.responded) return 'error';
  return isOrdinary(event) ? 'info' : 'warn';
}

/** Every record is done, at its first attempt, and nothing of ours failed. */
export function isOrdinary(ended: InvocationEnded): boolean {
  const { responded, outcomes, records, attemptsFailed, ledgerFailures, suspects, zombies } = ended;
  return responded && outcomes.done === records && attemptsFailed + ledgerFailures + suspects + zombies === 0;
}

function ownFields(event: UndamEvent): LoggedFields {
  switch (event.type) {
    case 'invocation-ended':
      return summaryFields(event);
    case 'quarantined': {
      const { record, id, reason, attempts, errorName } = event;
      return { ...placeOf(record), id, reason, attempts, errorName };
    }
    case 'quarantine-refused': {
      const { record, id, reason, error } = event;
      return { ...placeOf(record), id, reason, error: shownError(error) };
    }
    case 'attempt-failed': {
      const { record, attempt, stage, how, next, error } = event;
      return { ...placeOf(record), attempt, stage, how, next, ...errorNames(error) };
    }
    case 'ledger-failed':
      return { operation: event.operation, error: shownError(event.error) };
    case 'answer-unreadable':
      return { problem: event.problem };
    case 'budget-ended':
      return { running: event.running };
    case 'event-loop-blocked':
      return { stoodStillMs: Math.round(event.stoodStillMs) };
    case 'zombies':
      return { zombies: event.count };
    case 'crash-found':
      return { suspects: event.suspects };
    case 'died-after-answer': {
      const { records, sequenceNumbers, problem } = event;
      return { records, sequenceNumbers, problem };
    }
    case 'done-withdrawn':
      return {};
  }
}

function summaryFields({ type: _, error, budgetUsedShare, ...counts }: InvocationEnded): LoggedFields {
  const share = budgetUsedShare === undefined ? undefined : Math.round(budgetUsedShare * 1_000) / 1_000;
  return { ...counts, budgetUsedShare: share, ...(!counts.responded && errorNames(error)) };
}

function placeOf({ sequenceNumber }: RecordPosition): LoggedFields {
  return { sequenceNumber };
}
