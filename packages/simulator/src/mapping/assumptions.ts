/**
 * What AWS neither documents nor shows in a recording, as options. Each default is what the facts at hand fit best; a
 * test whose verdict changes with one of them rests on a guess.
 */
export interface MappingAssumptions {
  /**
   * The wait, in milliseconds, after the n-th failure or throttle in a row of a batch that comes again as it is.
   * A list has the waits in order, the last of them for all that follow; it also goes to a worker thread, which a
   * function does not. Default: 1 s, doubled each time, at most 60 s. Progress and halving go on at once.
   */
  readonly backoffMs: readonly number[] | ((failures: number) => number);
  /** The retry counter of the two halves of a bisected batch. Default `fresh`. */
  readonly counterOfHalves: 'fresh' | 'inherited';
  /** Which half of a bisected batch takes the middle record of an odd number. Default `first`. */
  readonly middleGoesTo: 'first' | 'second';
  /** Whether bisect also halves a batch whose response was a complete failure. Default false: function errors only. */
  readonly bisectOnBadResponse: boolean;
  /**
   * Whether bisect also halves a batch whose response names its first record. Default false: the documented split is at the
   * reported record, which has nothing before it. One report from a DynamoDB stream (three records, the second bad: it
   * alone was discarded) fits true.
   */
  readonly bisectOnFirstReported: boolean;
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
  /** Whether consecutive records over age share one `OnFailure` message. Default `together`. */
  readonly recordsOverAge: 'together' | 'each';
  /** The retry counter of what stays of a batch when records over age have left it. Default `kept`. */
  readonly counterAfterAge: 'kept' | 'fresh';
  /**
   * A record that no event of 6 MB can carry. Default `throttled`: refused before the function, so that it blocks its lane
   * until its age or retention ends it; `function-error` counts as an attempt.
   */
  readonly recordTooLarge: 'throttled' | 'function-error';
  /** How long a lane waits for the delivery to `OnFailure`, in milliseconds. Default 0. */
  readonly onFailureDeliveryMs: number;
  /**
   * A batching window that ended without a record. Default `reopens`: with the next record; `over` delivers that one at
   * once.
   */
  readonly emptyBatchingWindow: 'reopens' | 'over';
  /** When the child of a Kinesis shard begins (documented for DynamoDB Streams only). Default `after-parents`. */
  readonly kinesisChildren: 'after-parents' | 'at-once';
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
}

export const defaultAssumptions: MappingAssumptions = {
  backoffMs: (failures) => Math.min(60_000, 1_000 * 2 ** (failures - 1)),
  counterOfHalves: 'fresh',
  middleGoesTo: 'first',
  bisectOnBadResponse: false,
  bisectOnFirstReported: false,
  unknownIdentifier: 'complete-failure',
  badIdentifierBesideGood: 'complete-failure',
  failuresNoList: 'complete-failure',
  objectWithoutKey: 'complete-success',
  otherResponse: 'complete-failure',
  recordsOverAge: 'together',
  counterAfterAge: 'kept',
  recordTooLarge: 'throttled',
  onFailureDeliveryMs: 0,
  emptyBatchingWindow: 'reopens',
  kinesisChildren: 'after-parents',
  listShardsEveryMs: 60_000,
  failingLaneStops: 'itself',
  readAheadRecords: 10_000,
  stateAfterPartialFailure: 'returned',
  windowWithoutState: 'skipped',
};

/** The wait after the n-th failure in a row, in milliseconds. */
export function waitMs({ backoffMs }: Pick<MappingAssumptions, 'backoffMs'>, failures: number): number {
  return typeof backoffMs === 'function' ? backoffMs(failures) : (backoffMs[failures - 1] ?? backoffMs.at(-1) ?? 0);
}

type Choices = {
  readonly [Name in keyof MappingAssumptions]: readonly MappingAssumptions[Name][] | 'number' | 'waits';
};

const verdicts = ['complete-success', 'complete-failure'] as const;

const choices: Choices = {
  backoffMs: 'waits',
  counterOfHalves: ['fresh', 'inherited'],
  middleGoesTo: ['first', 'second'],
  bisectOnBadResponse: [true, false],
  bisectOnFirstReported: [true, false],
  unknownIdentifier: ['complete-failure', 'ignored'],
  badIdentifierBesideGood: ['complete-failure', 'ignored'],
  failuresNoList: verdicts,
  objectWithoutKey: verdicts,
  otherResponse: verdicts,
  recordsOverAge: ['together', 'each'],
  counterAfterAge: ['kept', 'fresh'],
  recordTooLarge: ['throttled', 'function-error'],
  onFailureDeliveryMs: 'number',
  emptyBatchingWindow: ['reopens', 'over'],
  kinesisChildren: ['after-parents', 'at-once'],
  listShardsEveryMs: 'number',
  failingLaneStops: ['itself', 'shard'],
  readAheadRecords: 'number',
  stateAfterPartialFailure: ['returned', 'kept'],
  windowWithoutState: ['skipped', 'finalised'],
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
