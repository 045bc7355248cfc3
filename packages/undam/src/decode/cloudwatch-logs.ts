import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import type { Decode } from './decoder.ts';
import { type GzipJsonOptions, gzipJson } from './json.ts';

/**
 * A message of a CloudWatch Logs subscription
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html): log events of one log stream, or a control
 * message.
 */
export interface CloudWatchLogsMessage {
  /** `CONTROL_MESSAGE`: CloudWatch Logs has tested the connection; its log event is not the user's. */
  messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  /** The account of the log group; `CloudwatchLogs` in a control message. */
  owner: string;
  logGroup: string;
  logStream: string;
  subscriptionFilters: string[];
  logEvents: CloudWatchLogEvent[];
  /** `ACCOUNT_LEVEL_POLICY` for an account-level subscription filter. */
  policyLevel?: string;
}

/** One log event of a {@link CloudWatchLogsMessage}. */
export interface CloudWatchLogEvent {
  id: string;
  /** Epoch milliseconds. */
  timestamp: number;
  /** The log line. */
  message: string;
  /** The fields that the filter's pattern extracts, by number or name. */
  extractedFields?: { [field: string]: string };
}

/**
 * Decodes the records that a CloudWatch Logs subscription puts into a Kinesis stream: JSON, compressed with gzip. Undam
 * quarantines a record with any other content at once, with reason `undecodable`. Control messages reach the handler, which
 * should skip them.
 *
 * @throws UndamError `bad-option` at construction. The decoder throws `undecodable`, or `event-changed` if another middleware
 *   has decoded the data already
 */
export function cloudWatchLogs(options: GzipJsonOptions = {}): Decode<KinesisStreamRecord, CloudWatchLogsMessage> {
  const decode = gzipJson<unknown>(options) as (record: KinesisStreamRecord) => unknown;
  return (record) => {
    const message = decode(record);
    if (isMessage(message)) return message;
    throw new UndamError('undecodable', 'expected a message of a CloudWatch Logs subscription, got other JSON');
  };
}

function isMessage(value: unknown): value is CloudWatchLogsMessage {
  if (!isObject(value)) return false;
  const message = value as Partial<CloudWatchLogsMessage>;
  return (
    (message.messageType === 'DATA_MESSAGE' || message.messageType === 'CONTROL_MESSAGE') &&
    [message.owner, message.logGroup, message.logStream].every((name) => typeof name === 'string') &&
    Array.isArray(message.subscriptionFilters) &&
    Array.isArray(message.logEvents) &&
    message.logEvents.every(isLogEvent)
  );
}

function isLogEvent(value: unknown): boolean {
  const event = value as Partial<CloudWatchLogEvent> | null;
  return typeof event?.id === 'string' && typeof event.timestamp === 'number' && typeof event.message === 'string';
}
