import { JSON } from '../base/intrinsics.ts';
import { sha256 } from '../base/sha256.ts';
import type { QuarantineReason } from './reasons.ts';

/** The origin of an error: the decoder or the handler. */
export type Stage = 'decode' | 'handler';

/** The handler's starts on a record, and their ends. */
export interface AttemptCounts {
  /** All starts, including those given back. */
  readonly started: number;
  /** Starts that ended in a rejection. */
  readonly failed: number;
  /** Starts cut off after their full `recordMs`, or at the end of the budget as first record of the batch. */
  readonly timedOut: number;
  /** Starts after which the process died while the record ran alone. */
  readonly crashed: number;
}

/** The origin of a quarantined record: the parts of its `id`, and the facts that a redrive needs. */
export interface Origin {
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId?: string;
  /** Decimal digits, up to 56 of them, as Lambda delivered them; never a number. */
  readonly sequenceNumber: string;
  /**
   * The record among those of its sequence number, if Lambda takes KPL aggregates apart: SHA-256, base64url, of partition key and
   * data, with an occurrence number among equal records.
   */
  readonly member?: string;
  /** The record's partition key; for DynamoDB Streams the item's keys as canonical JSON. Absent if the record has none. */
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp?: number;
  readonly functionArn: string;
  readonly functionVersion?: string;
  readonly region?: string;
  readonly window?: { readonly start: string; readonly end: string };
}

/** A thrown value, bounded in length. Undam itself puts no payload into it. */
export interface KeptError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: KeptError;
}

/** A quarantined message, version 1. */
export interface Envelope {
  readonly version: 1;
  /** SHA-256, base64url. Every repeat of a quarantine has the same `id`, so that readers can drop duplicates. */
  readonly id: string;
  readonly reason: QuarantineReason;
  readonly stage: Stage;
  readonly origin: Origin;
  readonly attempts: AttemptCounts;
  /** Epoch milliseconds. */
  readonly firstFailedAt: number;
  /** Epoch milliseconds. */
  readonly quarantinedAt: number;
  readonly error: KeptError;
  /** The record's position, from 0, among the records of its sequence number in its batch, and their count. */
  readonly unit?: { readonly position: number; readonly size: number };
  /** The number of earlier redrives of the record. */
  readonly redrives: number;
  /**
   * The payload in base64: Kinesis' bytes as delivered, unless `altered` is present; for DynamoDB Streams, which have no bytes,
   * the record as JSON text.
   */
  readonly data: string;
  /**
   * Present if another middleware had decoded the record before `partialBatch()` read it, so that its original bytes are unknown.
   * `data` then holds the decoded text in UTF-8 (`text`), or as a JSON string (`json`) if it has half a surrogate pair, which
   * UTF-8 cannot encode. For bytes that were UTF-8, `text` is identical to them.
   */
  readonly altered?: 'text' | 'json';
  /** `gzip` if `data` holds compressed bytes because the message would have been too large for the queue. */
  readonly dataEncoding?: 'gzip';
}

/** An envelope's `id`: SHA-256, base64url, over the parts that identify the record for its function. */
export function envelopeId(
  origin: Pick<Origin, 'functionArn' | 'eventSourceArn' | 'shardId' | 'sequenceNumber' | 'member'>,
  redrives: number,
): string {
  const parts = [
    origin.functionArn,
    origin.eventSourceArn,
    origin.shardId ?? '',
    origin.sequenceNumber,
    origin.member ?? '',
    redrives,
  ];
  return sha256(JSON.stringify(parts));
}
