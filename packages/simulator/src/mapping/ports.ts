/** The fields of a record that the mapping reads, of any stream. */
export interface SourceRecord {
  readonly shardId: string;
  /** Up to 56 decimal digits. */
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
}

/** A kind of stream, with its form of records. */
export interface EventSource<R extends SourceRecord> {
  readonly kind: 'kinesis' | 'dynamodb';
  /** The ARN of the source in events and `OnFailure` messages: a consumer's under enhanced fan-out (recorded). */
  readonly streamArn: string;
  /** True if the mapping reads through a registered consumer. */
  readonly isEnhancedFanOut: boolean;
  /** Age in milliseconds at which records leave the stream. */
  readonly retentionMs: number;
  /** The record in an event's `Records`: fresh at each call, because a handler may change it. */
  eventRecord(record: R): object;
  /** Bytes of the record in the event's JSON. */
  eventBytes(record: R): number;
  /** The fields that filter patterns match; `data` is `unreadable` for a payload that is not JSON. */
  filterable(record: R): Readonly<Record<string, unknown>>;
  /** Records with the same key stay in order under `ParallelizationFactor`. */
  orderingKey(record: R): string;
  /**
   * The user records of a KPL aggregate, `foreign` if one of them belongs to another shard, or undefined for any other record.
   * Called under enhanced fan-out only.
   */
  takeApart?(record: R, shard: ShardDescription): readonly R[] | 'foreign' | undefined;
}

/** A shard as the stream lists it. */
export interface ShardDescription {
  readonly shardId: string;
  /** Empty for an original shard, two after a merge. */
  readonly parentShardIds: readonly string[];
  /** The hash keys of its records, both ends included; Kinesis only. */
  readonly hashRange?: { readonly start: bigint; readonly end: bigint };
}

/** The start of reading in a shard. */
export type ShardPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  /** Epoch milliseconds. */
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: number };

/** The result of one GetRecords. */
export interface ReadPage<R extends SourceRecord> {
  /** In shard order. */
  readonly records: readonly R[];
  /** Milliseconds from the page's end to the shard's tip; 0 once no more records are available. */
  readonly millisBehindLatest: number;
  /** True once the shard is closed and read to its end. */
  readonly closed: boolean;
}

/** The stream as the mapping reads it. */
export interface StreamReader<R extends SourceRecord> {
  listShards(): Promise<readonly ShardDescription[]>;
  /** A cursor that advances from page to page. */
  openShard(shardId: string, position: ShardPosition): ShardCursor<R>;
}

export interface ShardCursor<R extends SourceRecord> {
  /** Reads at most `limit` records. Rejects if the stream refuses; the next call reads the same records. */
  read(limit: number): Promise<ReadPage<R>>;
}

/** The result of one invocation, as the mapping sees it. */
export type InvocationResult =
  /** The handler answered; `payload` is its answer, parsed from JSON. */
  | { readonly kind: 'response'; readonly payload: unknown }
  /** A rejection, a time-out, a crash, or an answer that is not JSON. */
  | { readonly kind: 'function-error' }
  /** The function did not run: a throttle, or any other error before it. */
  | { readonly kind: 'throttled' };

/** The function as the mapping calls it. */
export interface Invoker {
  /**
   * Never rejects.
   *
   * @param event built for this invocation alone; the function may change it
   * @param requestId shared by all invocations of one composition of a batch (recorded)
   */
  invoke(event: StreamEvent, requestId: string): Promise<InvocationResult>;
}

/** The event of one batch. */
export interface StreamEvent {
  Records: object[];
  /** Present under a tumbling window, with the five fields below. */
  window?: { start: string; end: string };
  state?: unknown;
  shardId?: string;
  eventSourceARN?: string;
  isFinalInvokeForWindow?: boolean;
  isWindowTerminatedEarly?: boolean;
}
