import type { Discard, TimeWindowInfo } from './discard.ts';
import type { SourceRecord } from './ports.ts';

/** The `OnFailure` message for a discarded batch to an SQS queue or SNS topic: metadata without the payload, as JSON text. */
export interface OnFailureMessage {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  /** Absent for `RecordAgeExceeded`, and if no attempt reached the function (recorded). */
  readonly responseContext?: {
    readonly statusCode: 200;
    /** The version that ran, also behind an alias (recorded). */
    readonly executedVersion: string;
    readonly functionError: 'Unhandled' | null;
  };
  readonly version: '1.0';
  /** ISO 8601 with milliseconds. */
  readonly timestamp: string;
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
  /** Under a tumbling window (recorded for a final invocation). */
  readonly timeWindowInfo?: TimeWindowInfo;
  /** In a bucket only: the event as an escaped JSON text (recorded). */
  readonly payload?: string;
}

/** The shard and, except for the final invocation of a window (recorded), the range of its records. */
export interface BatchInfo extends Partial<RecordRange> {
  readonly shardId: string;
  readonly streamArn: string;
}

export interface RecordRange {
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** ISO 8601; with milliseconds for Kinesis, without for DynamoDB Streams (recorded). */
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
}

export interface OnFailureOptions<R extends SourceRecord> {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly streamArn: string;
  readonly functionArn: string;
  readonly functionVersion: string;
  readonly discard: Discard<R>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The message that the mapping sends to its `OnFailure` destination for a discarded batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function onFailureMessage<R extends SourceRecord>(options: OnFailureOptions<R>): OnFailureMessage {
  const { kind, functionArn, functionVersion: executedVersion, discard, at } = options;
  const { requestId, condition, approximateInvokeCount, functionError, reachedFunction, timeWindowInfo } = discard;
  const info = batchInfo(options);
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount },
    ...(condition === 'RetryAttemptsExhausted' &&
      reachedFunction && { responseContext: { statusCode: 200, executedVersion, functionError } }),
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    ...(kind === 'kinesis' ? { KinesisBatchInfo: info } : { DDBStreamBatchInfo: info }),
    ...(timeWindowInfo && { timeWindowInfo }),
  };
}

/**
 * The message with the whole event as an escaped JSON text, for an S3 destination (recorded; AWS writes numbers in Java's form).
 */
export function onFailureObject(
  message: OnFailureMessage,
  event: object,
): OnFailureMessage & { readonly payload: string } {
  return { ...message, payload: JSON.stringify(event) };
}

/** Documented: Lambda accepts FIFO queues and topics as destinations, and every delivery to them fails. */
export function isDeliverable(destination: string | undefined): boolean {
  return destination === undefined || !destination.endsWith('.fifo');
}

/** True for the ARN of a bucket, which also keeps the event. */
export function keepsPayload(destination: string | undefined): boolean {
  return destination !== undefined && /^arn:[\w-]+:s3:/.test(destination);
}

/** The key of the object: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>` (recorded). */
export function onFailureKey(mappingUuid: string, shardId: string, at: number, randomUuid: string): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const seconds = time.slice(0, 8).replaceAll(':', '.');
  return `aws/lambda/${mappingUuid}/${shardId}/${date.replaceAll('-', '/')}/${date}T${seconds}-${randomUuid}`;
}

function batchInfo<R extends SourceRecord>({ kind, streamArn, discard }: OnFailureOptions<R>): BatchInfo {
  const { shardId, records } = discard;
  const first = records[0];
  const last = records.at(-1);
  if (!first || !last) return { shardId, streamArn };
  const arrival = ({ approximateArrivalTimestamp: at }: R): string => {
    if (kind === 'kinesis') return new Date(at).toISOString();
    return new Date(Math.floor(at / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  };
  return {
    shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: arrival(first),
    approximateArrivalOfLastRecord: arrival(last),
    batchSize: records.length,
    streamArn,
  };
}
