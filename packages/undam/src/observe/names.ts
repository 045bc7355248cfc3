import type { QuarantineReason } from '../envelope/reasons.ts';
import type { UndamEvent } from './events.ts';

// The names that operators search for, alarm on and chart. They are stable across releases; ARCHITECTURE.md lists them, and a
// test compares the two.

/** The log level of each event; `summary` depends on the invocation. */
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

/** The warning that an adapter adds to the events. */
export const majorityWarning = 'mostly-quarantined';

/** The metrics of every invocation and their units. */
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

/** The metric for each quarantine reason; absent from an invocation without such quarantines. */
export const reasonMetrics: Readonly<Record<QuarantineReason, string>> = {
  'attempts-exhausted': 'QuarantinedAttemptsExhausted',
  permanent: 'QuarantinedPermanent',
  undecodable: 'QuarantinedUndecodable',
  'timed-out': 'QuarantinedTimedOut',
  crashed: 'QuarantinedCrashed',
  parked: 'QuarantinedParked',
  'held-too-long': 'QuarantinedHeldTooLong',
};

/** The dimension added to the metrics' own: the name of the stream or table. */
export const streamDimension = 'stream';

/** Searchable metadata in the metrics' line. Not dimensions: each value of a dimension costs a metric. */
export const metricMetadata = ['requestId', 'shardId'] as const;

/** The attributes of a log line: Undam's fields, and the id that follows a record through other systems. */
export const logKeys = { ours: 'undam', correlationId: 'correlation_id' } as const;

/** The keys of Undam's fields. */
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
