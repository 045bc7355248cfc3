/**
 * The JSON text of an event as Lambda sends it: one shard, `size` order records of about 230 bytes each, with partition keys
 * taken in turn from `keys` different ones.
 */
export function kinesisEventJson(size: number, keys: number): string {
  return JSON.stringify({ Records: Array.from({ length: size }, (_, position) => record(position, position % keys)) });
}

const shard = 'shardId-000000000003';
const streamArn = 'arn:aws:kinesis:eu-west-1:123456789012:stream/orders';
const firstSequenceNumber = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

function record(position: number, key: number): object {
  const sequenceNumber = String(firstSequenceNumber + BigInt(position) * 604_462_909_807_314_587_353n);
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: `customer-${String(key).padStart(8, '0')}`,
      sequenceNumber,
      data: Buffer.from(JSON.stringify(order(position, key))).toString('base64'),
      approximateArrivalTimestamp: 1_795_384_800 + position / 1_000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/orders-consumer',
    awsRegion: 'eu-west-1',
    eventSourceARN: streamArn,
  };
}

function order(position: number, key: number): object {
  return {
    type: 'order-placed',
    orderId: `ord-${String(position).padStart(10, '0')}`,
    customerId: `customer-${String(key).padStart(8, '0')}`,
    placedAt: new Date(1_795_384_800_000 + position).toISOString(),
    currency: 'EUR',
    lines: [{ sku: `sku-${position % 977}`, quantity: 1 + (position % 4), priceCents: 1_999 }],
  };
}
