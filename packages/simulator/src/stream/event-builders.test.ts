import { expect, test } from '@jest/globals';
import type { DynamoDBStreamEvent, KinesisStreamEvent } from 'aws-lambda';
import { dynamodbEvent, kinesisEvent } from './event-builders.ts';

test('a Kinesis event is what @types/aws-lambda says, with payloads in base64', () => {
  const event: KinesisStreamEvent = kinesisEvent([{ data: { n: 1 } }, { partitionKey: 'b', data: 'text' }]);
  const payloads = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  expect(payloads).toEqual(['{"n":1}', 'text']);
  expect(event.Records[1]?.kinesis.partitionKey).toBe('b');
  expect(event.Records[0]?.kinesis.approximateArrivalTimestamp).toBe(1_735_689_600);
});

test('a DynamoDB event has its images, rising sequence numbers and whole seconds', () => {
  const Keys = { id: { S: 'a' } };
  const change = { eventName: 'INSERT', Keys, NewImage: { ...Keys, n: { N: '1' } } } as const;
  const { Records } = dynamodbEvent([change, change], { arrivedAt: 1_500 }) as DynamoDBStreamEvent;
  expect(Records[0]).toMatchObject({ eventSource: 'aws:dynamodb', eventName: 'INSERT', dynamodb: { Keys } });
  expect(Records[0]?.dynamodb?.ApproximateCreationDateTime).toBe(1);
  const [first = '', second = ''] = Records.map(({ dynamodb }) => dynamodb?.SequenceNumber);
  expect(BigInt(second)).toBeGreaterThan(BigInt(first));
});
