import type { Discard } from '../mapping/discard.ts';
import type { KinesisRecord } from '../stream/kinesis-source.ts';

/** A live run's report on one shard. */
export interface ShardReport {
  readonly shardId: string;
  readonly invocations: number;
  /** Invocations that ended in a rejection, a time-out or an answer that is not JSON. */
  readonly functionErrors: number;
  /** Records that the function reported and the mapping passed, because `ReportBatchItemFailures` is not set. */
  readonly passedThoughReported: number;
  /** Start of polling, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** The moves of the checkpoint, in order. */
  readonly advances: readonly CheckpointAdvance[];
  /** Batches that the mapping discarded: lost unless a destination kept them. */
  readonly discarded: readonly Discard<KinesisRecord>[];
}

export interface CheckpointAdvance {
  /** In milliseconds of `performance.now()`. */
  readonly at: number;
  /** The last record that the checkpoint has passed. */
  readonly sequenceNumber: string;
  readonly records: number;
}

/** The longest time, in milliseconds, for which the shard's checkpoint did not move. */
export function longestStandstillMs(report: Pick<ShardReport, 'startedAt' | 'advances'>): number {
  let previous = report.startedAt;
  let longest = 0;
  for (const { at } of report.advances) {
    longest = Math.max(longest, at - previous);
    previous = at;
  }
  return longest;
}
