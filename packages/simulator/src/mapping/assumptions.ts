/**
 * What AWS neither documents nor shows in a recording, as options. Each default is what the facts at hand fit best; a
 * test whose verdict changes with one of them rests on a guess.
 */
export interface MappingAssumptions {
  /**
   * The wait, in milliseconds, after the n-th failure or throttle in a row of a batch that comes again as it is.
   * Default: 1 s, doubled each time, at most 60 s. Progress and halving go on at once.
   */
  readonly backoffMs: (failures: number) => number;
  /** The retry counter of the two halves of a bisected batch. Default `fresh`. */
  readonly counterOfHalves: 'fresh' | 'inherited';
  /** Whether bisect also halves a batch whose response was a complete failure. Default false: function errors only. */
  readonly bisectOnBadResponse: boolean;
  /** An identifier that is not in the batch, alone or beside good ones. Default `complete-failure`. */
  readonly unknownIdentifier: 'complete-failure' | 'ignored';
  /** An object that has other keys only. Default `complete-success`. */
  readonly objectWithoutKey: 'complete-success' | 'complete-failure';
  /** A response that is neither an object nor empty: a text, a number, a full array. Default `complete-failure`. */
  readonly otherResponse: 'complete-success' | 'complete-failure';
  /** Whether consecutive records over age share one `OnFailure` message. Default `together`. */
  readonly recordsOverAge: 'together' | 'each';
  /** Which lanes of a shard wait while one of them fails, under `ParallelizationFactor`. Default `itself`. */
  readonly failingLaneStops: 'itself' | 'shard';
  /** Records of a shard that are read ahead of the function at most. Default 10,000. */
  readonly readAheadRecords: number;
  /** The window state that the remainder of a partly failed batch receives. Default `returned`: as the response has it. */
  readonly stateAfterPartialFailure: 'returned' | 'kept';
}

export const defaultAssumptions: MappingAssumptions = {
  backoffMs: (failures) => Math.min(60_000, 1_000 * 2 ** (failures - 1)),
  counterOfHalves: 'fresh',
  bisectOnBadResponse: false,
  unknownIdentifier: 'complete-failure',
  objectWithoutKey: 'complete-success',
  otherResponse: 'complete-failure',
  recordsOverAge: 'together',
  failingLaneStops: 'itself',
  readAheadRecords: 10_000,
  stateAfterPartialFailure: 'returned',
};
