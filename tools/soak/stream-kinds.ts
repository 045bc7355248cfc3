import { type Random, type SimulatedRecord, seededRandom } from '@undam/simulator/parts';
import type { DynamoDBRecord, KinesisStreamRecord, StreamRecord } from 'undam';

/** What the records come from. `kinesis-without-keys` distributes its records itself: each is a lane of its own. */
export type StreamKind = 'kinesis' | 'kinesis-without-keys' | 'dynamodb';

/** Documented: a DynamoDB stream keeps its records for 24 hours, whatever one would like. */
export const dynamodbRetentionMs = 86_400_000;

const kinds: readonly (readonly [StreamKind, number])[] = [
  ['dynamodb', 0.2],
  ['kinesis-without-keys', 0.3],
];

/** The stream of a seed. */
export function streamKindOf(seed: number): StreamKind {
  const random: Random = seededRandom(`${seed}/stream`);
  const share = random();
  return kinds.find(([, below]) => share < below)?.[0] ?? 'kinesis';
}

export const streamArns: Readonly<Record<StreamKind, string>> = {
  kinesis: 'arn:aws:kinesis:eu-west-1:111122223333:stream/soak',
  'kinesis-without-keys': 'arn:aws:kinesis:eu-west-1:111122223333:stream/soak',
  dynamodb: 'arn:aws:dynamodb:eu-west-1:111122223333:table/soak/stream/2026-01-01T00:00:00.000',
};

/** What is written for one planned record. */
export function putOf(kind: StreamKind, index: number, key: number) {
  if (kind === 'kinesis-without-keys') return { data: `record ${index}` };
  if (kind === 'kinesis') return { partitionKey: `key-${key}`, data: `record ${index}` };
  const Keys = { pk: { S: `key-${key}` }, sk: { N: '1' } };
  return { eventName: 'MODIFY', Keys, NewImage: { ...Keys, index: { N: String(index) } } } as const;
}

/** What a quarantine has to keep of a record that Lambda delivers like this, in base64. */
export function keptOf(record: SimulatedRecord, delivered: object): string {
  return Buffer.from('data' in record ? record.data : JSON.stringify(delivered)).toString('base64');
}

export function sequenceNumberOf(record: StreamRecord): string {
  return (record as KinesisStreamRecord).kinesis?.sequenceNumber ?? (record as DynamoDBRecord).dynamodb?.SequenceNumber;
}

/** Which record of its stream it is, from 1: the last digits of its sequence number in a simulated stream. */
export function putNumberOf(sequenceNumber: string): number {
  let number = 0;
  for (let at = Math.max(0, sequenceNumber.length - 12); at < sequenceNumber.length; at++)
    number = number * 10 + sequenceNumber.charCodeAt(at) - zero;
  return number;
}

const zero = '0'.charCodeAt(0);
