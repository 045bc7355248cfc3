import { UndamError } from '../base/errors.ts';
import { isObject } from '../base/is-object.ts';
import type { KinesisStreamRecord } from '../streams/kinesis.ts';
import type { Decode } from './decoder.ts';
import { type GzipJsonOptions, gzipJson } from './json.ts';

/**
 * What a CloudWatch Logs subscription puts into a stream
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html): log events of one log stream, or a
 * control message.
 */
export interface CloudWatchLogsMessage {
  /** `CONTROL_MESSAGE`: CloudWatch Logs has looked whether the stream can be reached; nobody logged its one event. */
  messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  /** The account that logged; `CloudwatchLogs` in a control message. */
  owner: string;
  logGroup: string;
  logStream: string;
  subscriptionFilters: string[];
  logEvents: CloudWatchLogEvent[];
  /** `ACCOUNT_LEVEL_POLICY` for a filter of the whole account. */
  policyLevel?: string;
}

export interface CloudWatchLogEvent {
  id: string;
  /** Epoch milliseconds. */
  timestamp: number;
  /** The line as it was logged. */
  message: string;
  /** By number or name, where the filter's pattern takes fields out of the line. */
  extractedFields?: { [field: string]: string };
}

/**
 * Decodes the records that a CloudWatch Logs subscription puts into a Kinesis stream: JSON, compressed with gzip. What is
 * none of its messages is quarantined at once with reason `undecodable`; control messages reach the handler, which passes
 * them over.
 *
 * @throws UndamError `bad-option` at construction; the decoder `undecodable`, or `event-changed` where another middleware has
 * decoded the data already
 */
export function cloudWatchLogs(options: GzipJsonOptions = {}): Decode<KinesisStreamRecord, CloudWatchLogsMessage> {
  const decode = gzipJson<unknown>(options) as (record: KinesisStreamRecord) => unknown;
  return (record) => {
    const message = decode(record);
    if (isMessage(message)) return message;
    throw new UndamError('undecodable', 'the data is no message of a CloudWatch Logs subscription');
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
