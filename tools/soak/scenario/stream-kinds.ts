import { createHash } from 'node:crypto';
import { kplAggregate, type Random, type SimulatedRecord, seededRandom } from '@undam/simulator/parts';
import type { PlannedRecord } from './scenario.ts';

/**
 * The source of the records. `kinesis-without-keys` distributes its records itself: each is a lane of its own. Of
 * `kinesis-fan-out` Lambda takes the KPL aggregates apart.
 */
export type StreamKind = 'kinesis' | 'kinesis-without-keys' | 'kinesis-fan-out' | 'dynamodb';

/** Documented: a DynamoDB stream always keeps its records for 24 hours. */
export const dynamodbRetentionMs = 86_400_000;

const kinds: readonly (readonly [StreamKind, number])[] = [
  ['dynamodb', 0.2],
  ['kinesis-without-keys', 0.3],
  ['kinesis-fan-out', 0.5],
];

/** The stream of a seed. */
export function streamKindOf(seed: number): StreamKind {
  const random: Random = seededRandom(`${seed}/stream`);
  const share = random();
  return kinds.find(([, below]) => share < below)?.[0] ?? 'kinesis';
}

const kinesisArn = 'arn:aws:kinesis:eu-west-1:111122223333:stream/soak';

/** Where a stream's records are read. */
export function streamSettings(kind: StreamKind): { readonly streamArn: string; readonly consumerArn?: string } {
  if (kind === 'dynamodb')
    return { streamArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/soak/stream/2026-01-01T00:00:00.000' };
  if (kind === 'kinesis-fan-out') return { streamArn: kinesisArn, consumerArn: `${kinesisArn}/consumer/soak:1` };
  return { streamArn: kinesisArn };
}

/** The indexes of one put: a record, or the user records of an aggregate. */
export type PutGroup = readonly number[];

/** The records that are put at one time, those of a unit together. */
export function putGroups(kind: StreamKind, indexes: PutGroup, records: readonly PlannedRecord[]): PutGroup[] {
  if (kind !== 'kinesis-fan-out') return indexes.map((index) => [index]);
  const groups = Map.groupBy(indexes, (index) => records[index]!.unit ?? `record ${index}`);
  return [...groups.values()];
}

/** The data that is written for planned records. */
export function putOf(kind: StreamKind, group: PutGroup, records: readonly PlannedRecord[]) {
  const [index] = group as [number];
  const { key } = records[index]!;
  if (kind === 'kinesis-without-keys') return { data: textOf(index) };
  if (kind === 'dynamodb') {
    const Keys = { pk: { S: `key-${key}` }, sk: { N: '1' } };
    return { eventName: 'MODIFY', Keys, NewImage: { ...Keys, index: { N: String(index) } } } as const;
  }
  const partitionKey = `key-${key}`;
  return group.length === 1 ? { partitionKey, data: textOf(index) } : aggregateOf(group, records);
}

/** Each user record is hashed as the aggregate is: where one belongs to another shard, Lambda drops all of them. */
function aggregateOf(group: PutGroup, records: readonly PlannedRecord[]) {
  const keys = group.map((index) => `key-${records[index]!.key}`);
  const texts = group.map(textOf);
  for (const [place, index] of group.entries()) {
    if (place === 0 || !records[index]!.isTwin) continue;
    keys[place] = keys[place - 1]!;
    texts[place] = texts[place - 1]!;
  }
  const [partitionKey] = keys as [string];
  const explicitHashKey = BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`).toString();
  const userRecords = texts.map((text, place) => {
    return { partitionKey: keys[place]!, explicitHashKey, data: Buffer.from(text) };
  });
  return { partitionKey, explicitHashKey, data: kplAggregate(userRecords) };
}

function textOf(index: number): string {
  return `record ${index}`;
}

/** The payload that a quarantine has to keep of a record, in base64. */
export function keptOf(record: SimulatedRecord, delivered: object): string {
  return Buffer.from('data' in record ? record.data : JSON.stringify(delivered)).toString('base64');
}

/** Which put of its stream a record comes from, from 1: the last digits of its sequence number in a simulated stream. */
export function putNumberOf(sequenceNumber: string): number {
  let number = 0;
  for (let at = Math.max(0, sequenceNumber.length - 12); at < sequenceNumber.length; at++)
    number = number * 10 + sequenceNumber.charCodeAt(at) - zero;
  return number;
}

const zero = '0'.charCodeAt(0);
