/** What the mapping has to know of a record of any stream. */
export interface SourceRecord {
  readonly shardId: string;
  /** Decimal digits, up to 56 of them. */
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
}

/** The kind of stream, as it tells its records. */
export interface EventSource<R extends SourceRecord> {
  readonly kind: 'kinesis' | 'dynamodb';
  /** As events and `OnFailure` name the source: a consumer's ARN where the mapping reads by enhanced fan-out (recorded). */
  readonly streamArn: string;
  /** True where the mapping reads through a registered consumer. */
  readonly isEnhancedFanOut: boolean;
  /** Records older than this are gone, in milliseconds. */
  readonly retentionMs: number;
  /** The record as it stands in an event's `Records`: fresh each time, since a handler may change the one it got. */
  eventRecord(record: R): object;
  /** Bytes of it in the event's JSON. */
  eventBytes(record: R): number;
  /** What filter patterns are matched against; `data` is `unreadable` when the payload is no JSON. */
  filterable(record: R): Readonly<Record<string, unknown>>;
  /** Records with the same one stay in order under `ParallelizationFactor`. */
  orderingKey(record: R): string;
  /**
   * The user records of a KPL aggregate, `foreign` when one of them belongs to another shard, or nothing for a record
   * that stays as it is. Asked under enhanced fan-out only.
   */
  takeApart?(record: R, shard: ShardDescription): readonly R[] | 'foreign' | undefined;
}

/** A shard as the stream lists it. */
export interface ShardDescription {
  readonly shardId: string;
  /** None for a shard that was there from the start, two after a merge. */
  readonly parentShardIds: readonly string[];
  /** The hash keys whose records it takes, both ends included; for Kinesis. */
  readonly hashRange?: { readonly start: bigint; readonly end: bigint };
}

/** Where reading of a shard begins. */
export type ShardPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  /** Epoch milliseconds. */
  | { readonly type: 'AT_TIMESTAMP'; readonly timestamp: number };

/** What one GetRecords came to. */
export interface ReadPage<R extends SourceRecord> {
  /** In shard order. */
  readonly records: readonly R[];
  /** How far the page's end is behind the shard's tip; 0 once there is nothing more at present. */
  readonly millisBehindLatest: number;
  /** True once the shard is closed and read to its end. */
  readonly closed: boolean;
}

/** The stream as the mapping reads it. */
export interface StreamReader<R extends SourceRecord> {
  listShards(): Promise<readonly ShardDescription[]>;
  /** A cursor that goes on from page to page. */
  openShard(shardId: string, position: ShardPosition): ShardCursor<R>;
}

export interface ShardCursor<R extends SourceRecord> {
  /** At most `limit` records. Rejects when the stream refuses; the same records come at the next call. */
  read(limit: number): Promise<ReadPage<R>>;
}

/** What one invocation of the function came to, as the mapping sees it. */
export type InvocationResult =
  /** The handler answered; `payload` is its answer after JSON. */
  | { readonly kind: 'response'; readonly payload: unknown }
  /** A rejection, a time-out, a crash, an answer that is no JSON. */
  | { readonly kind: 'function-error' }
  /** Nothing ran: a throttle or any other error before the function. */
  | { readonly kind: 'throttled' };

/** The function as the mapping calls it. */
export interface Invoker {
  /**
   * Never rejects.
   *
   * @param event the function's own: built for this invocation alone
   * @param requestId the same for all invocations of one composition of a batch (recorded)
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
