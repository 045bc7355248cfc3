import type { AttemptCounts, KeptError, QuarantineReason } from './envelope.ts';

/**
 * What is remembered of a batch between its deliveries. A ledger speaks of records by exact sequence number, never by
 * position, count or range: between two deliveries Lambda drops expired records, halves the batch and interleaves
 * sub-shards.
 *
 * Both calls may answer at once or with a promise. A call that throws, rejects or takes too long costs the memory, never
 * a record: the engine goes on with an empty ledger and says so in a `ledger-failed` event.
 */
export interface Ledger {
  /** What is known of these records. Unknown ones are absent from the answer. */
  recall(key: LedgerKey, sequenceNumbers: readonly string[]): Memories | Promise<Memories>;
  /**
   * Merges what one invocation learned: `undefined` forgets a record; otherwise attempts become the maximum of both,
   * and a record that either side knows as resolved stays resolved. Records that are not named are kept. Once nothing
   * in the entry of `key` is unresolved, the entry is removed, so that a deliberate replay runs.
   */
  remember(key: LedgerKey, changes: ReadonlyMap<string, Memory | undefined>): void | Promise<void>;
}

/** Whose memory it is. Two functions on one stream never share any. */
export interface LedgerKey {
  /** The ARN the function was invoked by. */
  readonly functionArn: string;
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId: string | undefined;
}

/** By sequence number. */
export type Memories = ReadonlyMap<string, Memory>;

/** What is remembered of one record. */
export interface Memory {
  /** `open`: unresolved, with the attempts it was charged; `pending`: to be quarantined, not yet acknowledged by a sink. */
  readonly state: 'open' | 'pending' | 'done' | 'quarantined';
  readonly attempts: AttemptCounts;
  /** Epoch milliseconds. */
  readonly firstFailedAt?: number;
  /** Present while the quarantine is pending: what its envelope will say. */
  readonly verdict?: Verdict;
}

/** Why a record is to be quarantined. */
export interface Verdict {
  readonly reason: QuarantineReason;
  readonly stage: 'decode' | 'handler';
  readonly error: KeptError;
}

/** True for a record that needs no further delivery. */
export function isResolved(memory: Memory): boolean {
  return memory.state === 'done' || memory.state === 'quarantined';
}
