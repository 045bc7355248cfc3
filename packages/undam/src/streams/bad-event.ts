import { describe, kindOf } from '../base/describe.ts';
import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';

const mapIt = "point a stream's event source mapping at this function, or remove Undam's middlewares from it";

/** The error for an event that no stream's mapping sends: names the event received and the remedy. */
export function badEvent(event: unknown): UndamError {
  return new UndamError(
    'bad-event',
    `expected the event of a Kinesis or DynamoDB stream's event source mapping, got ${Array.isArray(event) ? inArray(event) : `${named(event)}: ${mapIt}`}`,
  );
}

/**
 * EventBridge Pipes sends a bare array of records
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-kinesis.html).
 */
function inArray(event: readonly unknown[]): string {
  return sourceOf(event[0]) === undefined
    ? `an array of ${event.length}. Powertools' parser makes one with an envelope such as KinesisEnvelope: leave it out, and parse each record with eachRecord(handler, { decode: schema(…) })`
    : `an array of ${event.length} records, as EventBridge Pipes sends them. A pipe accepts no failures by sequence number, as Undam reports them: ${mapIt}`;
}

/** Events without a source name, by a field that each of them always has. */
const unsourced = {
  requestContext: 'an HTTP request',
  'detail-type': 'an EventBridge event',
  awslogs: 'a CloudWatch Logs event',
  deliveryStreamArn: 'a Data Firehose event',
};

function named(event: unknown): string {
  if (!isObject(event)) return kindOf(event);
  const { Records: records }: { Records?: unknown } = event;
  const source = sourceOf(event) ?? (Array.isArray(records) ? sourceOf(records[0]) : undefined);
  if (source !== undefined) return `an event of ${describe(source)}`;
  if ('undam' in event) return `undam: ${describe(event.undam)} instead of "check"`;
  const known = Object.entries(unsourced).find(([field]) => field in event);
  return known?.[1] ?? (Array.isArray(records) ? 'Records without an eventSource' : `${kindOf(records)} as Records`);
}

/** Amazon SNS capitalizes the field. */
function sourceOf(record: unknown): unknown {
  const { eventSource, EventSource } = Object(record) as { eventSource?: unknown; EventSource?: unknown };
  return eventSource ?? EventSource;
}
