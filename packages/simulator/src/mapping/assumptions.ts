/**
 * What AWS neither documents nor shows in a recording, as options. Each default is what the facts at hand fit best; a
 * test whose verdict changes with one of them rests on a guess.
 */
export interface MappingAssumptions {
  /**
   * The wait, in milliseconds, after the n-th failure or throttle in a row of a batch that comes again as it is.
   * A list has the waits in order, the last of them for all that follow; it also goes to a worker thread, which a
   * function does not. Recorded: about 200, then about 400. Default: 200, doubled each time, at most 60 s. Progress and
   * splits go on at once (recorded).
   */
  readonly backoffMs: readonly number[] | ((failures: number) => number);
  /** Which half of a batch of an odd number takes the middle record. Default `second`: fits the one split of three that was recorded. */
  readonly middleGoesTo: 'first' | 'second';
  /**
   * How bisect splits a batch whose response names its first record: in `halves`, or that record `alone`. Both fit the
   * recording, where three became one and two. Default `halves`.
   */
  readonly firstReportedSplit: 'halves' | 'alone';
  /** Whether bisect also splits a batch whose response was a complete failure. Default false. */
  readonly bisectOnBadResponse: boolean;
  /** An identifier that is not in the batch, alone or beside good ones. Default `complete-failure`. */
  readonly unknownIdentifier: 'complete-failure' | 'ignored';
  /** An identifier that is empty, null or under a wrong key, beside good ones. Default `complete-failure`. */
  readonly badIdentifierBesideGood: 'complete-failure' | 'ignored';
  /** A `batchItemFailures` that is neither a list nor null. Default `complete-failure`. */
  readonly failuresNoList: 'complete-success' | 'complete-failure';
  /** An object that has other keys only. Default `complete-success`. */
  readonly objectWithoutKey: 'complete-success' | 'complete-failure';
  /** A response that is neither an object nor empty: a text, a number, a full array. Default `complete-failure`. */
  readonly otherResponse: 'complete-success' | 'complete-failure';
  /** Whether consecutive records over age of one batch share one `OnFailure` message. Default `together`. */
  readonly recordsOverAge: 'together' | 'each';
  /** The retry counter of the records that stay in a batch when those over age have left it. Default `kept`. */
  readonly counterAfterAge: 'kept' | 'fresh';
  /** How long after the end of its parents a child shard begins, in milliseconds. Recorded: 8.0 s, 7.7 s. Default 8,000. */
  readonly childShardAfterMs: number;
  /** How long a record takes to a mapping by enhanced fan-out, in milliseconds. Recorded: 23 to 88 when idle. Default 50. */
  readonly enhancedFanOutMs: number;
  /** The partition key of a KPL user record that Lambda took out of its aggregate. Default `own`; recorded where all were equal. */
  readonly userRecordKey: 'own' | 'outer';
  /** How often the poller looks for new shards, in milliseconds; also when a shard ends. Default 60,000. */
  readonly listShardsEveryMs: number;
  /** Which lanes of a shard wait while one of them fails, under `ParallelizationFactor`. Default `itself`. */
  readonly failingLaneStops: 'itself' | 'shard';
  /** Records of a shard that are read ahead of the function at most. Default 10,000. */
  readonly readAheadRecords: number;
  /** The window state that the remainder of a partly failed batch receives. Default `returned`: as the response has it. */
  readonly stateAfterPartialFailure: 'returned' | 'kept';
  /** A window in which nothing succeeded, at its end. Default `skipped`: it has no state, and no final invocation. */
  readonly windowWithoutState: 'skipped' | 'finalised';
  /**
   * A window's final invocation that fails, with a finite `MaximumRetryAttempts` above 0: it is given up once they are
   * spent, as recorded for 0 (`spends-retries`, the default), or it suspends the shard until it succeeds, as documented.
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

/** The wait after the n-th failure in a row, in milliseconds: 1 at least. */
export function waitMs({ backoffMs }: Pick<MappingAssumptions, 'backoffMs'>, failures: number): number {
  const ms = typeof backoffMs === 'function' ? backoffMs(failures) : (backoffMs[failures - 1] ?? backoffMs.at(-1));
  // Without any a batch that never succeeds would come again at the same moment for ever.
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

/** @throws TypeError for an assumption that there is not, or a value that it cannot have */
export function mustBeAssumptions(assumptions: Partial<MappingAssumptions>): void {
  for (const [name, value] of Object.entries(assumptions)) {
    const choice = Object.hasOwn(choices, name) ? choices[name as keyof MappingAssumptions] : undefined;
    const label = `assumptions.${name}`;
    if (!choice) throw new TypeError(`${label}: no such assumption; there are ${Object.keys(choices).join(', ')}`);
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
