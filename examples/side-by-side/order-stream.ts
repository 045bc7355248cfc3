import {
  CreateStreamCommand,
  type KinesisClient,
  PutRecordsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import type { OrderEvent } from './order-events.ts';

/** An order in the stream. */
export interface PlacedOrder extends OrderEvent {
  readonly shardId: string;
  readonly sequenceNumber: string;
}

/** A stream that holds orders. */
export interface OrderStream {
  readonly streamName: string;
  readonly orders: readonly PlacedOrder[];
  /** The last record of each shard. */
  readonly untilSequenceNumbers: ReadonlyMap<string, string>;
}

/** Creates the stream and writes the orders into it, in order. */
export async function fillStream(
  client: KinesisClient,
  events: readonly OrderEvent[],
  shards = 4,
): Promise<OrderStream> {
  const streamName = 'orders';
  await client.send(new CreateStreamCommand({ StreamName: streamName, ShardCount: shards }));
  await waitUntilStreamExists({ client, maxWaitTime: 10, minDelay: 1 }, { StreamName: streamName });
  const orders: PlacedOrder[] = [];
  for (let from = 0; from < events.length; from += 500) {
    orders.push(...(await put(client, streamName, events.slice(from, from + 500))));
  }
  const untilSequenceNumbers = new Map(orders.map((order) => [order.shardId, order.sequenceNumber]));
  return { streamName, orders, untilSequenceNumbers };
}

async function put(client: KinesisClient, StreamName: string, events: readonly OrderEvent[]): Promise<PlacedOrder[]> {
  const Records = events.map((event) => ({ Data: event.data, PartitionKey: event.customerId }));
  const answer = await client.send(new PutRecordsCommand({ StreamName, Records }));
  // PutRecords answers 200 although it refused records; here that must not happen, and a second try would cost order.
  if (answer.FailedRecordCount) throw new Error(`the stream refused ${answer.FailedRecordCount} records`);
  return events.map((event, n) => {
    const { ShardId, SequenceNumber } = answer.Records?.[n] ?? {};
    if (!ShardId || !SequenceNumber) throw new Error('the stream did not say where it put a record');
    return { ...event, shardId: ShardId, sequenceNumber: SequenceNumber };
  });
}
