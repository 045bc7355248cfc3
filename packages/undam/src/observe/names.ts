import type { QuarantineReason } from '../envelope/reasons.ts';
import type { UndamEvent } from './events.ts';

// The one list of the names that operators search for, alarm on and draw. They are kept across releases; ARCHITECTURE.md
// shows them, and a test holds the two together.

/** How loud each event is in a log; `summary` goes by what happened in the invocation. */
export const eventLevels: Readonly<Record<Passing, 'debug' | 'warn' | 'error'>> & {
  readonly 'invocation-ended': 'summary';
} = {
  'attempt-failed': 'debug',
  quarantined: 'warn',
  'quarantine-refused': 'warn',
  'budget-ended': 'debug',
  zombies: 'warn',
  'event-loop-blocked': 'debug',
  'ledger-failed': 'warn',
  'crash-found': 'warn',
  'died-after-answer': 'error',
  'answer-unreadable': 'warn',
  'passed-unresolved': 'warn',
  'batch-idempotent': 'warn',
  'global-restored': 'warn',
  'done-withdrawn': 'warn',
  'invocation-ended': 'summary',
};

type Passing = Exclude<UndamEvent['type'], 'invocation-ended'>;

/** What an adapter says of its own accord, beside the events. */
export const majorityWarning = 'mostly-quarantined';

/** The metrics of every invocation, with their units. */
export const metricUnits = {
  Records: 'Count',
  RecordsDone: 'Count',
  RecordsQuarantined: 'Count',
  RecordsFailed: 'Count',
  RecordsDeferred: 'Count',
  RecordsHeld: 'Count',
  AttemptsStarted: 'Count',
  AttemptsFailed: 'Count',
  DecodeFailures: 'Count',
  SinkFailures: 'Count',
  LedgerFailures: 'Count',
  Suspects: 'Count',
  Zombies: 'Count',
  InvocationsFailed: 'Count',
  BudgetUsed: 'Milliseconds',
  BudgetUsedShare: 'Percent',
  OldestRecordAge: 'Milliseconds',
} as const;

export type MetricName = keyof typeof metricUnits;

/** The metric of each reason, counted where a record was quarantined for it. */
export const reasonMetrics: Readonly<Record<QuarantineReason, string>> = {
  'attempts-exhausted': 'QuarantinedAttemptsExhausted',
  permanent: 'QuarantinedPermanent',
  undecodable: 'QuarantinedUndecodable',
  'timed-out': 'QuarantinedTimedOut',
  crashed: 'QuarantinedCrashed',
  parked: 'QuarantinedParked',
  'held-too-long': 'QuarantinedHeldTooLong',
};

/** The dimension beside those that the metrics have anyhow: a stream's name, or a table's. */
export const streamDimension = 'stream';

/** Beside the metrics in the same line, to be searched: no dimensions, for each value of one costs a metric. */
export const metricMetadata = ['requestId', 'shardId'] as const;

/** Where a log line has what is ours, and where it has the id that follows a record through other systems. */
export const logKeys = { ours: 'undam', correlationId: 'correlation_id' } as const;

/** The keys of what is ours. */
export const loggedKeys = [
  'event',
  'requestId',
  'stream',
  'shardId',
  'sequenceNumber',
  'sequenceNumbers',
  'behind',
  'times',
  'likely',
  'isCertain',
  'id',
  'reason',
  'attempts',
  'errorName',
  'errorCode',
  'at',
  'error',
  'operation',
  'problem',
  'global',
  'how',
  'stage',
  'next',
  'attempt',
  'running',
  'stoodStillMs',
  'suspects',
  'records',
  'outcomes',
  'remembered',
  'responded',
  'attemptsStarted',
  'attemptsFailed',
  'quarantined',
  'decodeFailures',
  'sinkFailures',
  'ledgerFailures',
  'zombies',
  'budgetUsedMs',
  'budgetUsedShare',
  'oldestRecordAgeMs',
  'failedForGood',
  'settled',
] as const;

export type LoggedKey = (typeof loggedKeys)[number];
