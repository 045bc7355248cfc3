import { placeOf } from '../observe/error-place.ts';
import { errorText, type LogErrors, loggedError } from '../observe/error-text.ts';
import type { InvocationEnded, ObservedInvocation, RecordPosition, UndamEvent } from '../observe/events.ts';
import type { LoggedKey } from '../observe/names.ts';
import { errorNames } from '../observe/redacted-error.ts';
import { streamName } from './stream-name.ts';

/** Undam's fields in a log line. They hold no part of a record's data or key, and of its error's message only on request. */
export type LoggedFields = Partial<Record<LoggedKey, unknown>>;

/** The fields for an event; `invocation-ended` becomes the summary line. */
export function logFields(
  event: UndamEvent,
  invocation: ObservedInvocation,
  logErrors: LogErrors | undefined,
): LoggedFields {
  const { requestId, shardId } = invocation;
  const stream = streamName(invocation.eventSourceArn);
  return { event: event.type, requestId, stream, shardId, ...ownFields(event, logErrors) };
}

function ownFields(event: UndamEvent, logErrors: LogErrors | undefined): LoggedFields {
  switch (event.type) {
    case 'invocation-ended':
      return summaryFields(event, logErrors);
    case 'quarantined': {
      const { record, id, reason, attempts, errorName } = event;
      return { ...positionOf(record), id, reason, attempts, errorName };
    }
    case 'quarantine-refused': {
      const { record, id, reason, error } = event;
      return { ...positionOf(record), id, reason, error: loggedError(error, logErrors) };
    }
    case 'attempt-failed': {
      const { record, attempt, stage, how, next, error } = event;
      return { ...positionOf(record), attempt, stage, how, next, ...errorNames(error) };
    }
    case 'ledger-failed':
      return { operation: event.operation, error: loggedError(event.error, logErrors) };
    case 'passed-unresolved': {
      const { sequenceNumber, behind, times, likely } = event;
      return { sequenceNumber, behind: behind.sequenceNumber, times, likely };
    }
    case 'answer-unreadable':
    case 'batch-idempotent':
      return { problem: event.problem };
    case 'global-restored':
      return { global: event.global };
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

function summaryFields(
  { type: _, error, budgetUsedShare, ...counts }: InvocationEnded,
  logErrors: LogErrors | undefined,
): LoggedFields {
  const share = budgetUsedShare === undefined ? undefined : Math.round(budgetUsedShare * 1_000) / 1_000;
  const fields = { ...counts, budgetUsedShare: share };
  if (counts.responded) return fields;
  return { ...fields, ...errorNames(error), at: placeOf(error), error: errorText(error, logErrors) };
}

function positionOf({ sequenceNumber }: RecordPosition): LoggedFields {
  return { sequenceNumber };
}
