import type { SourceRecord } from './ports.ts';
import type { Discard } from './retries.ts';

/** The metadata of a discarded batch as it goes to an SQS queue or SNS topic: a JSON text, without the payload. */
export interface OnFailureMessage {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  /** Absent for `RecordAgeExceeded` (recorded). */
  readonly responseContext?: {
    readonly statusCode: 200;
    readonly executedVersion: '$LATEST';
    readonly functionError: 'Unhandled' | null;
  };
  readonly version: '1.0';
  /** ISO 8601 with milliseconds. */
  readonly timestamp: string;
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
  /** In a bucket only: the event as an escaped JSON text (documented). */
  readonly payload?: string;
}

/** Which records of which shard. */
export interface BatchInfo {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  /** ISO 8601; with milliseconds for Kinesis, without for DynamoDB Streams (recorded). */
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
  readonly streamArn: string;
}

export interface OnFailureOptions<R extends SourceRecord> {
  readonly kind: 'kinesis' | 'dynamodb';
  readonly streamArn: string;
  readonly functionArn: string;
  readonly requestId: string;
  readonly discard: Discard<R>;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * What the mapping sends to its `OnFailure` destination for a batch that it gave up.
 * https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 *
 * @throws RangeError for a discard without records
 */
export function onFailureMessage<R extends SourceRecord>(options: OnFailureOptions<R>): OnFailureMessage {
  const { kind, functionArn, requestId, discard, at } = options;
  const { condition, approximateInvokeCount, functionError } = discard;
  const info = batchInfo(options);
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount },
    ...(condition === 'RetryAttemptsExhausted' && {
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError },
    }),
    version: '1.0',
    timestamp: new Date(at).toISOString(),
    ...(kind === 'kinesis' ? { KinesisBatchInfo: info } : { DDBStreamBatchInfo: info }),
  };
}

/** The same with the whole event as an escaped JSON text, as an S3 destination keeps it (documented). */
export function onFailureObject(
  message: OnFailureMessage,
  event: object,
): OnFailureMessage & { readonly payload: string } {
  return { ...message, payload: JSON.stringify(event) };
}

/** Documented: FIFO queues and topics are accepted as destinations, and no delivery to them succeeds. */
export function isDeliverable(destination: string | undefined): boolean {
  return destination === undefined || !destination.endsWith('.fifo');
}

/** True for the ARN of a bucket, which keeps the event as well. */
export function keepsPayload(destination: string | undefined): boolean {
  return destination !== undefined && /^arn:[\w-]+:s3:/.test(destination);
}

/** The key of that object: `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random UUID>` (recorded). */
export function onFailureKey(mappingUuid: string, shardId: string, at: number, randomUuid: string): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const seconds = time.slice(0, 8).replaceAll(':', '.');
  return `aws/lambda/${mappingUuid}/${shardId}/${date.replaceAll('-', '/')}/${date}T${seconds}-${randomUuid}`;
}

function batchInfo<R extends SourceRecord>({ kind, streamArn, discard }: OnFailureOptions<R>): BatchInfo {
  const first = discard.records[0];
  const last = discard.records.at(-1);
  if (!first || !last) throw new RangeError('expected a discard of at least one record');
  const arrival = ({ approximateArrivalTimestamp: at }: R): string => {
    if (kind === 'kinesis') return new Date(at).toISOString();
    return new Date(Math.floor(at / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
  };
  return {
    shardId: first.shardId,
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: arrival(first),
    approximateArrivalOfLastRecord: arrival(last),
    batchSize: discard.records.length,
    streamArn,
  };
}
