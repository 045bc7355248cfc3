import type { StreamEvent } from '../mapping/ports.ts';
import type { ItemChange } from './dynamodb-source.ts';
import type { KinesisEvent } from './kinesis-source.ts';
import { type Arrival, type KinesisPut, newStream } from './simulated-stream.ts';

export interface EventOptions {
  /** The ARN of the stream. @default that of a stream `simulated` in us-east-1 */
  readonly streamArn?: string;
  /** Epoch milliseconds. @default Date.UTC(2025, 0, 1) */
  readonly arrivedAt?: number;
}

/**
 * The event of one batch, as Lambda builds it, for a unit test of a handler.
 *
 * @param records payloads with their partition keys, in batch order; a payload that is neither text nor bytes is written as JSON
 */
export function kinesisEvent(
  records: readonly { readonly partitionKey?: string; readonly data: unknown }[],
  options: EventOptions = {},
): KinesisEvent {
  const puts = records.map(({ partitionKey = 'key', data }): KinesisPut => ({ partitionKey, data: payloadOf(data) }));
  return eventOf('kinesis', puts, options) as unknown as KinesisEvent;
}

/** The event of one batch of a DynamoDB stream; images are attribute values (`{ S: 'text' }`). */
export function dynamodbEvent(changes: readonly ItemChange[], options: EventOptions = {}): StreamEvent {
  return eventOf('dynamodb', changes, options);
}

function eventOf(kind: 'kinesis' | 'dynamodb', puts: readonly Arrival['put'][], options: EventOptions): StreamEvent {
  const { arrivedAt = Date.UTC(2025, 0, 1), streamArn } = options;
  const { source, stream } = newStream(
    { kind, ...(streamArn !== undefined && { streamArn }) },
    { date: () => arrivedAt },
  );
  return { Records: puts.map((put) => source.eventRecord(stream.put(put))) };
}

function payloadOf(data: unknown): string | Uint8Array {
  return typeof data === 'string' || data instanceof Uint8Array ? data : JSON.stringify(data);
}
