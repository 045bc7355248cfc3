import type { Discard } from '../mapping/discard.ts';
import type { KinesisRecord } from '../stream/kinesis-source.ts';

/** What a live run saw of one shard. */
export interface ShardReport {
  readonly shardId: string;
  readonly invocations: number;
  /** Invocations that ended in a rejection, a time-out or an answer that is no JSON. */
  readonly functionErrors: number;
  /** Records that the function reported and the mapping passed: `ReportBatchItemFailures` is not set. */
  readonly passedThoughReported: number;
  /** When polling of this shard began, in milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** When and how far the checkpoint moved, in order. */
  readonly advances: readonly CheckpointAdvance[];
  /** What the mapping gave up: lost unless somebody else kept it. */
  readonly discarded: readonly Discard<KinesisRecord>[];
}

export interface CheckpointAdvance {
  /** In milliseconds of `performance.now()`. */
  readonly at: number;
  /** The checkpoint is now behind this record. */
  readonly sequenceNumber: string;
  readonly records: number;
}

/** The longest time, in milliseconds, in which the shard's checkpoint stood still although records were waiting. */
export function longestStandstillMs(report: Pick<ShardReport, 'startedAt' | 'advances'>): number {
  let previous = report.startedAt;
  let longest = 0;
  for (const { at } of report.advances) {
    longest = Math.max(longest, at - previous);
    previous = at;
  }
  return longest;
}
