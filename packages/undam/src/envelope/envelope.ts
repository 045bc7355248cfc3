import { JSON } from '../base/intrinsics.ts';
import { sha256 } from '../base/sha256.ts';
import type { QuarantineReason } from './reasons.ts';

/** Where the error came from: the decoder, or the handler itself. */
export type Stage = 'decode' | 'handler';

/** How often the handler was started on a record, and how those starts ended. */
export interface AttemptCounts {
  /** Starts, including those given back. */
  readonly started: number;
  /** Starts that ended in a rejection. */
  readonly failed: number;
  /** Starts cut off after their full `recordMs`, or as first record of the batch at the end of the budget. */
  readonly timedOut: number;
  /** Starts during which the process died while the record was alone. */
  readonly crashed: number;
}

/** Where a quarantined record came from; the parts that make up its `id`, and what a redrive needs. */
export interface Origin {
  readonly eventSourceArn: string;
  /** Absent for DynamoDB Streams, whose records do not name their shard. */
  readonly shardId?: string;
  /** As Lambda delivered it: decimal digits, up to 56 of them, and never a number. */
  readonly sequenceNumber: string;
  /**
   * Which record of this sequence number, where Lambda takes KPL aggregates apart: SHA-256, base64url, of partition key and
   * data, with its number among equal ones.
   */
  readonly member?: string;
  /** The record's partition key; for DynamoDB Streams the item's keys as canonical JSON; absent where the stream has none. */
  readonly partitionKey?: string;
  readonly explicitHashKey?: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp?: number;
  readonly functionArn: string;
  readonly functionVersion?: string;
  readonly region?: string;
  readonly window?: { readonly start: string; readonly end: string };
}

/** An error as it is kept: bounded, and never with a payload of ours in it. */
export interface KeptError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: KeptError;
}

/** The quarantined message, version 1. */
export interface Envelope {
  readonly version: 1;
  /** SHA-256, base64url: the same for every repeat of this quarantine, so that a reader can drop duplicates. */
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
  /** Where the record stood among those of its sequence number that were delivered with it, from 0, and how many they were. */
  readonly unit?: { readonly position: number; readonly size: number };
  /** How often the record has been redriven before. */
  readonly redrives: number;
  /**
   * The payload in base64: for Kinesis the record's own bytes as Lambda delivered them, unless `altered` says otherwise; for
   * DynamoDB Streams, which has no bytes, the record as JSON text.
   */
  readonly data: string;
  /**
   * Present where another middleware had decoded the record before `partialBatch()` read it, so that its own bytes are
   * not known: `data` holds the text that stood in their place, in UTF-8 (`text`), or as a JSON string (`json`) where it
   * has half a surrogate pair, which UTF-8 cannot write. Bytes that were UTF-8 themselves are the same as `text`.
   */
  readonly altered?: 'text' | 'json';
  /** `gzip` when `data` holds the compressed bytes, because the message would have been too large for the queue. */
  readonly dataEncoding?: 'gzip';
}

/** The envelope's `id`: SHA-256 over the parts that name this record to this function, in base64url. */
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
