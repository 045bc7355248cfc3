/**
 * Behaviour that AWS neither documents nor shows in a recording, as options. Each default fits the known facts best. A test whose
 * verdict depends on one of them rests on a guess.
 */
export interface MappingAssumptions {
  /**
   * Milliseconds to wait after the n-th failure or throttle in a row of a batch that is retried unchanged. A list has the waits
   * in order and repeats its last one; with a `handler` module only a list works, because functions cannot go to a worker thread.
   * Recorded: about 200, then about 400; after progress and splits there is no wait.
   *
   * @default 200, doubled each time, at most 60_000
   */
  readonly backoffMs: readonly number[] | ((failures: number) => number);
  /**
   * The half of a split batch that gets the middle record of an odd number. The default fits the one recorded split of three.
   *
   * @default second
   */
  readonly middleGoesTo: 'first' | 'second';
  /**
   * How bisect splits a batch whose response names its first record: into `halves`, or with that record `alone`. Both fit the
   * recording, in which three became one and two.
   *
   * @default halves
   */
  readonly firstReportedSplit: 'halves' | 'alone';
  /** Whether bisect also splits a batch whose response was a complete failure. @default false */
  readonly bisectOnBadResponse: boolean;
  /** Effect of an identifier that is not in the batch, alone or beside valid ones. @default complete-failure */
  readonly unknownIdentifier: 'complete-failure' | 'ignored';
  /** Effect of an identifier that is empty, null or under a wrong key, beside valid ones. @default complete-failure */
  readonly badIdentifierBesideGood: 'complete-failure' | 'ignored';
  /** Effect of a `batchItemFailures` that is neither a list nor null. @default complete-failure */
  readonly failuresNoList: 'complete-success' | 'complete-failure';
  /** Effect of an object that has other keys only. @default complete-success */
  readonly objectWithoutKey: 'complete-success' | 'complete-failure';
  /**
   * Effect of a response that is neither an object nor empty: a string, a number, a non-empty array.
   *
   * @default complete-failure
   */
  readonly otherResponse: 'complete-success' | 'complete-failure';
  /** Whether consecutive records of one batch that are over age share one `OnFailure` message. @default together */
  readonly recordsOverAge: 'together' | 'each';
  /** The retry counter of a batch's other records after those over age have left it. @default kept */
  readonly counterAfterAge: 'kept' | 'fresh';
  /** Milliseconds from the end of a shard's parents to its start. Recorded: 8,000 and 7,700. @default 8_000 */
  readonly childShardAfterMs: number;
  /** Milliseconds until a record reaches a mapping with enhanced fan-out. Recorded: 23 to 88 when idle. @default 50 */
  readonly enhancedFanOutMs: number;
  /**
   * Partition key of a KPL user record that Lambda took out of its aggregate. In the recording all keys were equal.
   *
   * @default own
   */
  readonly userRecordKey: 'own' | 'outer';
  /** Milliseconds between two listings of the shards; the end of a shard causes one, too. @default 60_000 */
  readonly listShardsEveryMs: number;
  /**
   * The sub-shards (`ParallelizationFactor`) that stop while one of them fails: only `itself`, or the whole `shard`.
   *
   * @default itself
   */
  readonly failingLaneStops: 'itself' | 'shard';
  /** Maximum of records of a shard that are read ahead of the function. @default 10_000 */
  readonly readAheadRecords: number;
  /**
   * The window state for the rest of a partly failed batch: the one that the response `returned`, or the one `kept` from before.
   *
   * @default returned
   */
  readonly stateAfterPartialFailure: 'returned' | 'kept';
  /** The end of a window in which nothing succeeded. `skipped`: it has no state, and no final invocation. @default skipped */
  readonly windowWithoutState: 'skipped' | 'finalised';
  /**
   * A window's final invocation that fails, under a finite `MaximumRetryAttempts` above 0. With `spends-retries`, the mapping
   * gives it up once they are spent, as recorded for 0; with `suspends`, it blocks the shard until it succeeds, as documented.
   *
   * @default spends-retries
   */
  readonly failingFinalInvocation: 'spends-retries' | 'suspends';
}

export const defaultAssumptions: MappingAssumptions = {
  backoffMs: (failures) => Math.min(60_000, 200 * 2 ** (failures - 1)),
  middleGoesTo: 'second',
  firstReportedSplit: 'halves',
  bisectOnBadResponse: false,
  unknownIdentifier: 'complete-failure',
  badIdentifierBesideGood: 'complete-failure',
  failuresNoList: 'complete-failure',
  objectWithoutKey: 'complete-success',
  otherResponse: 'complete-failure',
  recordsOverAge: 'together',
  counterAfterAge: 'kept',
  childShardAfterMs: 8_000,
  enhancedFanOutMs: 50,
  userRecordKey: 'own',
  listShardsEveryMs: 60_000,
  failingLaneStops: 'itself',
  readAheadRecords: 10_000,
  stateAfterPartialFailure: 'returned',
  windowWithoutState: 'skipped',
  failingFinalInvocation: 'spends-retries',
};

/** Milliseconds to wait after the n-th failure in a row: at least 1. */
export function waitMs({ backoffMs }: Pick<MappingAssumptions, 'backoffMs'>, failures: number): number {
  const ms = typeof backoffMs === 'function' ? backoffMs(failures) : (backoffMs[failures - 1] ?? backoffMs.at(-1));
  // Without a wait, a batch that never succeeds would come back at the same virtual time for ever.
  return Math.max(1, ms || 0);
}

type Choices = {
  readonly [Name in keyof MappingAssumptions]: readonly MappingAssumptions[Name][] | 'number' | 'waits';
};

const verdicts = ['complete-success', 'complete-failure'] as const;

const choices: Choices = {
  backoffMs: 'waits',
  middleGoesTo: ['first', 'second'],
  firstReportedSplit: ['halves', 'alone'],
  bisectOnBadResponse: [true, false],
  unknownIdentifier: ['complete-failure', 'ignored'],
  badIdentifierBesideGood: ['complete-failure', 'ignored'],
  failuresNoList: verdicts,
  objectWithoutKey: verdicts,
  otherResponse: verdicts,
  recordsOverAge: ['together', 'each'],
  counterAfterAge: ['kept', 'fresh'],
  childShardAfterMs: 'number',
  enhancedFanOutMs: 'number',
  userRecordKey: ['own', 'outer'],
  listShardsEveryMs: 'number',
  failingLaneStops: ['itself', 'shard'],
  readAheadRecords: 'number',
  stateAfterPartialFailure: ['returned', 'kept'],
  windowWithoutState: ['skipped', 'finalised'],
  failingFinalInvocation: ['spends-retries', 'suspends'],
};

/** @throws TypeError for an unknown assumption, or a value that it cannot have */
export function mustBeAssumptions(assumptions: Partial<MappingAssumptions>): void {
  for (const [name, value] of Object.entries(assumptions)) {
    const choice = Object.hasOwn(choices, name) ? choices[name as keyof MappingAssumptions] : undefined;
    const label = `assumptions.${name}`;
    if (!choice)
      throw new TypeError(`${label}: unknown assumption; expected one of ${Object.keys(choices).join(', ')}`);
    if (value === undefined || isChosen(choice, value)) continue;
    const expected =
      choice === 'waits'
        ? 'a list of milliseconds or a function'
        : choice === 'number'
          ? 'a number of 0 or more'
          : choice.join(' or ');
    throw new TypeError(`${label}: expected ${expected}, got ${String(value)}`);
  }
}

function isChosen(choice: Choices[keyof Choices], value: unknown): boolean {
  if (choice === 'number') return typeof value === 'number' && value >= 0;
  if (choice !== 'waits') return (choice as readonly unknown[]).includes(value);
  return (
    typeof value === 'function' || (Array.isArray(value) && value.every((ms) => typeof ms === 'number' && ms >= 0))
  );
}
