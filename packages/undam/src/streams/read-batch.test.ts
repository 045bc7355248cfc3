import { describe, expect, test } from '@jest/globals';
import { GuardedFunction } from '../../test/kit/guarded-function.ts';
import { dynamodbEvent, dynamodbRecord, kinesisEvent, kinesisRecord } from '../../test/kit/stream.ts';
import { errorOf, reportedIn } from '../../test/kit/virtual-lambda.ts';
import { readBatch } from './read-batch.ts';

const sqs = { messageId: '1', body: 'secret', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-west-1:1:q' };

/** A Kinesis event whose second record is replaced. */
const second = (record: unknown): unknown => ({ Records: [kinesisRecord('1'), record] });
const numbered = (sequenceNumber: unknown): unknown => {
  const record = kinesisRecord('2');
  record.kinesis.sequenceNumber = sequenceNumber as string;
  return record;
};

const bad: readonly (readonly [name: string, event: unknown, code: string])[] = [
  ['null', null, 'bad-event'],
  ['a string', 'Records', 'bad-event'],
  ['a number', 42, 'bad-event'],
  ['a function', () => {}, 'bad-event'],
  ['an array', [kinesisRecord('1')], 'bad-event'],
  ['an object without Records', {}, 'bad-event'],
  ['Records that are no array', { Records: { 0: kinesisRecord('1'), length: 1 } }, 'bad-event'],
  ['null for Records', { Records: null }, 'bad-event'],
  ['an SQS event', { Records: [sqs] }, 'bad-event'],
  ['an S3 event, with its other spelling', { Records: [{ eventSource: 'aws:s3', s3: {} }] }, 'bad-event'],
  ['an API Gateway event', { version: '2.0', body: '{}' }, 'bad-event'],
  ['two kinds of source', second(dynamodbRecord('2', 'x')), 'bad-event'],
  ['two streams', second(kinesisRecord('2', { stream: 'other' })), 'bad-event'],
  ['a tumbling window', { ...kinesisEvent('1'), window: { start: 'a', end: 'b' } }, 'window-unsupported'],
  ['a tumbling window without records', { Records: [], window: { start: 'a', end: 'b' } }, 'window-unsupported'],
  ['null for the first record', { Records: [null] }, 'bad-event'],
  ['null for another record', second(null), 'bad-record'],
  ['a hole for a record', { Records: new Array(1) }, 'bad-event'],
  ['a string for a record', second('record'), 'bad-record'],
  ['a record without kinesis', second({ ...kinesisRecord('2'), kinesis: undefined }), 'bad-record'],
  ['null for kinesis', second({ ...kinesisRecord('2'), kinesis: null }), 'bad-record'],
  ['no sequence number', second(numbered(undefined)), 'bad-record'],
  ['an empty sequence number', second(numbered('')), 'bad-record'],
  ['a number for the sequence number', second(numbered(2)), 'bad-record'],
  [
    'a DynamoDB record without dynamodb',
    dynamodbEvent({ ...dynamodbRecord('1', 'x'), dynamodb: undefined as never }),
    'bad-record',
  ],
];

describe('bad input', () => {
  test.each(bad)('%s is a clear UndamError', (_name, event, code) => {
    expect(() => readBatch(event)).toThrow(
      expect.objectContaining({
        name: 'UndamError',
        code,
        message: expect.stringMatching(/expected|got|one stream|not supported/),
      }),
    );
  });

  test.each(bad.filter(([name]) => name !== 'null'))(
    '%s fails the invocation before anything starts',
    async (_name, event, code) => {
      const fn = new GuardedFunction(() => {});
      expect(errorOf(await fn.deliverEvent(event))).toMatchObject({ code });
      expect(fn.starts).toEqual([]);
      expect(fn.lambda.timers).toBe(0);
    },
  );

  const { kinesis, ...rest } = kinesisRecord('1', { data: 'card-4111', key: 'customer-7' });
  test.each<readonly [name: string, event: unknown, says: RegExp]>([
    [
      'an array of Kinesis records',
      [{ ...kinesis, ...rest }],
      /an array of 1 records, as EventBridge Pipes sends them/,
    ],
    ['an array of DynamoDB records', [dynamodbRecord('1', 'customer-7')], /EventBridge Pipes.*event source mapping/],
    ['an array of payloads', [{ card: 'card-4111' }, {}], /an array of 2\. .*KinesisEnvelope.*decode: schema/],
    ['an array of text', ['card-4111'], /KinesisEnvelope/],
    ['a check event that is misspelled', { undam: 'chek' }, /undam: "chek" instead of "check"/],
    ['an empty array', [], /an array of 0\. /],
    ['an SQS event', { Records: [sqs] }, /an event of "aws:sqs": point/],
    ['an SNS event', { Records: [{ EventSource: 'aws:sns', Sns: {} }] }, /an event of "aws:sns"/],
    ['a Kafka event', { eventSource: 'aws:kafka', records: { 'card-4111': [] } }, /an event of "aws:kafka"/],
    ['an HTTP request', { version: '2.0', requestContext: {}, body: 'card-4111' }, /an HTTP request: point/],
    ['an EventBridge event', { source: 'shop', 'detail-type': 'card-4111', detail: {} }, /an EventBridge event/],
    ['CloudWatch Logs', { awslogs: { data: 'card-4111' } }, /a CloudWatch Logs event/],
    ['a Firehose event', { deliveryStreamArn: 'arn:aws:firehose:…', records: [] }, /a Data Firehose event/],
    ['records without a source', { Records: [{ body: 'card-4111' }] }, /Records without an eventSource/],
    ['text', 'card-4111', /got a string: point/],
  ])('%s is named, and what to do, without a payload', (_name, event, says) => {
    const refused = expect.objectContaining({ code: 'bad-event', message: expect.stringMatching(says) });
    expect(() => readBatch(event)).toThrow(refused);
    expect(() => readBatch(event)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/card-4111|customer-7/) }),
    );
  });

  test('no message shows a payload or a partition key', () => {
    const secret = kinesisRecord('2', { data: 'card-4111', key: 'customer-7' });
    for (const event of [
      second({ ...secret, eventSource: 'aws:sqs' }),
      second({ ...secret, kinesis: { ...secret.kinesis, sequenceNumber: 7 } }),
    ]) {
      let message = '';
      try {
        readBatch(event);
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain('UndamError');
      for (const hidden of ['card-4111', Buffer.from('card-4111').toString('base64'), 'customer-7']) {
        expect(message).not.toContain(hidden);
      }
    }
  });
});

test('of two records with one sequence number, as hand-made events have them, none is lost', async () => {
  const fn = new GuardedFunction(
    ({ kinesis }) => {
      if (kinesis.data === Buffer.from('poison').toString('base64')) throw new Error('poison');
    },
    { quarantine: { attempts: 2 } },
  );
  const event = {
    Records: [kinesisRecord('1', { data: 'poison', key: 'a' }), kinesisRecord('1', { data: 'fine', key: 'b' })],
  };
  expect(reportedIn(await fn.deliverEvent(event))).toEqual(['1']);
  expect(reportedIn(await fn.deliverEvent(event))).toEqual([]);
  expect(fn.sink.stored.map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual(['poison']);
});

describe('a batch', () => {
  test('of Kinesis', () => {
    const batch = readBatch(kinesisEvent('a1', 'b2'));
    expect(batch).toMatchObject({
      sequenceNumbers: ['a1', 'b2'],
      partitionKeys: ['a', 'b'],
      eventSourceArn: 'arn:aws:kinesis:eu-west-1:123456789012:stream/s',
      shardId: 'shardId-000000000000',
    });
    expect(Buffer.from(batch.kept(1).data, 'base64').toString()).toBe('payload b2');
  });

  test('of DynamoDB Streams', () => {
    const record = dynamodbRecord('7', 'x');
    const batch = readBatch(dynamodbEvent(record));
    expect(batch).toMatchObject({ sequenceNumbers: ['7'], shardId: undefined });
    expect(JSON.parse(Buffer.from(batch.kept(0).data, 'base64').toString())).toEqual(record);
  });

  test.each([[undefined], [''], [null]])('a partition key of %p makes a lane of its own', (key) => {
    const record = kinesisRecord('1');
    record.kinesis.partitionKey = key as string;
    expect(readBatch({ Records: [record] }).partitionKeys).toEqual([undefined]);
  });

  test('of an eventID without a shard: none', () => {
    expect(readBatch({ Records: [{ ...kinesisRecord('1'), eventID: 'x' }] }).shardId).toBeUndefined();
    expect(readBatch({ Records: [{ ...kinesisRecord('1'), eventID: undefined }] }).shardId).toBeUndefined();
  });

  test('null for a window, an image, keys or a time is an absent one', async () => {
    const record = dynamodbRecord('7', 'x');
    for (const name of ['Keys', 'NewImage', 'OldImage', 'ApproximateCreationDateTime'] as const) {
      Object.assign(record.dynamodb!, { [name]: null });
    }
    const batch = readBatch({ ...dynamodbEvent(record), window: null });
    expect(batch).toMatchObject({ sequenceNumbers: ['7'], partitionKeys: [undefined] });
    expect(batch.source.arrivedAt(record)).toBeUndefined();
    const fn = new GuardedFunction(() => {});
    expect(reportedIn(await fn.deliverEvent({ ...kinesisEvent('a'), window: null }))).toEqual([]);
    expect(fn.starts).toEqual(['a']);
  });

  test('an event without records is an empty batch', () => {
    expect(readBatch({ Records: [] })).toMatchObject({ records: [], sequenceNumbers: [] });
  });

  test('a later change of the event changes nothing', () => {
    const event = kinesisEvent('a', 'b');
    const batch = readBatch(event);
    event.Records[0]!.kinesis.data = '';
    event.Records[0]!.kinesis.sequenceNumber = 'x';
    event.Records.length = 0;
    expect(batch.sequenceNumbers).toEqual(['a', 'b']);
    expect(batch.records).toHaveLength(2);
    expect(Buffer.from(batch.kept(0).data, 'base64').toString()).toBe('payload a');
  });

  test('a frozen event is read like any other', () => {
    const event = kinesisEvent('a');
    for (const part of [event.Records[0]!.kinesis, event.Records[0]!, event.Records, event]) Object.freeze(part);
    expect(readBatch(event).sequenceNumbers).toEqual(['a']);
  });
});
