import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { eachRecord, type RecordHandler } from '../../src/handlers/each-record.ts';
import type { DynamoDBRecord, DynamoDBStreamEvent } from '../../src/streams/dynamodb-types.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord } from '../kit/stream.ts';
import { reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

function setUp(handler: RecordHandler<DynamoDBRecord, undefined>, attempts = 1) {
  const lambda = new VirtualLambda();
  const sink = new StoringSink();
  const starts: string[] = [];
  const chain = middy({ timeoutEarlyInMillis: 0 })
    .use(lambda.middlewares.streamGuard({ quarantine: { sink, attempts, retry: 'redelivery' }, observe: () => {} }))
    .handler(
      eachRecord<DynamoDBRecord>((record, attempt) => {
        starts.push(record.dynamodb!.SequenceNumber!);
        return handler(record, attempt);
      }) as never,
    ) as never;
  const deliver = (...records: DynamoDBRecord[]) =>
    lambda.invoke(chain, structuredClone(dynamodbEvent(...records)), lambda.context(5_000));
  return { lambda, sink, starts, deliver };
}

const fails = (...numbers: string[]): RecordHandler<DynamoDBRecord, undefined> => {
  return ({ dynamodb }) => {
    if (numbers.includes(dynamodb!.SequenceNumber!)) throw new Error('poison');
  };
};

describe('DynamoDB Streams', () => {
  test('an item is a lane', async () => {
    const { starts, deliver } = setUp(fails('1'), 3);
    const batch = [dynamodbRecord('1', 'x'), dynamodbRecord('2', 'x'), dynamodbRecord('3', 'y')];
    expect(reportedIn(await deliver(...batch))).toEqual(['1', '2']);
    expect(starts).toEqual(['1', '3']);
  });

  test('an item is named by all of its key, with the attributes in any order', async () => {
    const { starts, deliver } = setUp(fails('1'), 3);
    const batch = ['1', '2', '3'].map((number) => dynamodbRecord(number, ''));
    batch[0]!.dynamodb!.Keys = { pk: { S: 'x' }, sk: { N: '1' } };
    batch[1]!.dynamodb!.Keys = { sk: { N: '1' }, pk: { S: 'x' } };
    batch[2]!.dynamodb!.Keys = { pk: { S: 'x' }, sk: { N: '2' } };
    expect(reportedIn(await deliver(...batch))).toEqual(['1', '2']);
    expect(starts).toEqual(['1', '3']);
  });

  test('the envelope holds the record as JSON', async () => {
    const { sink, deliver } = setUp(fails('2'));
    const poison = dynamodbRecord('2', 'y');
    expect(reportedIn(await deliver(dynamodbRecord('1', 'x'), poison))).toEqual([]);
    const [{ data, origin }] = sink.stored as [(typeof sink.stored)[number]];
    expect(JSON.parse(Buffer.from(data, 'base64').toString())).toEqual(poison);
    expect(origin).toMatchObject({ sequenceNumber: '2', approximateArrivalTimestamp: 1_700_000_000_000 });
    expect(origin).not.toHaveProperty('shardId');
    expect(origin.partitionKey).toContain('y');
  });

  test('memory works without a shard to name', async () => {
    const { starts, deliver } = setUp(fails('1'), 2);
    const batch = [dynamodbRecord('1', 'x'), dynamodbRecord('2', 'y')];
    expect(reportedIn(await deliver(...batch))).toEqual(['1']);
    expect(reportedIn(await deliver(...batch))).toEqual([]);
    expect(starts).toEqual(['1', '2', '1']);
  });

  test.each<readonly [string, (record: DynamoDBRecord) => void]>([
    ['a BigInt', (record) => Object.assign(record, { total: 12n })],
    ['a cycle', (record) => Object.assign(record, { self: record })],
    [
      'a toJSON that throws',
      (record) =>
        Object.assign(record, {
          toJSON: () => {
            throw new Error('json');
          },
        }),
    ],
    [
      'nothing',
      (record) => {
        delete record.dynamodb;
      },
    ],
  ])(
    'a handler that leaves %s in its record and fails is one poison record, not a failed batch',
    async (_what, change) => {
      const { sink, deliver } = setUp((record) => {
        if (record.dynamodb!.SequenceNumber !== '1') return;
        change(record);
        throw new Error('poison');
      });
      expect(reportedIn(await deliver(dynamodbRecord('1', 'x'), dynamodbRecord('2', 'y')))).toEqual([]);
      expect(sink.numbers).toEqual(['1']);
    },
  );

  // What an unmarshalling middleware makes of numbers and sets.
  const unmarshalled = ({ event }: { event: DynamoDBStreamEvent }, copies: boolean): DynamoDBStreamEvent => {
    const image = { total: 12n, tags: new Set(['a']) } as never;
    if (copies)
      return {
        Records: event.Records.map((record) => ({ ...record, dynamodb: { ...record.dynamodb, NewImage: image } })),
      };
    for (const { dynamodb } of event.Records) dynamodb!.NewImage = image;
    return event;
  };

  test.each([
    ['into copies', true],
    ['in place', false],
  ])('a middleware that unmarshals the images %s is what the handler sees, over redeliveries', async (_how, copies) => {
    const lambda = new VirtualLambda();
    const sink = new StoringSink();
    const seen: unknown[] = [];
    const chain = middy({ timeoutEarlyInMillis: 0 })
      .use(
        lambda.middlewares.streamGuard({ quarantine: { sink, attempts: 2, retry: 'redelivery' }, observe: () => {} }),
      )
      .before((request) => {
        request.event = unmarshalled(request as never, copies) as never;
      })
      .handler(
        eachRecord<DynamoDBRecord>(({ dynamodb }) => {
          seen.push(dynamodb?.NewImage?.total);
          if (dynamodb?.SequenceNumber === '1') throw new Error('poison');
        }) as never,
      ) as never;
    const deliver = () =>
      lambda.invoke(chain, dynamodbEvent(...['1', '2', '3'].map((number) => dynamodbRecord(number, number))));
    expect(reportedIn(await deliver())).toEqual(['1']);
    expect(reportedIn(await deliver())).toEqual([]);
    expect(seen).toEqual([12n, 12n, 12n, 12n]);
    const [envelope] = sink.stored;
    expect(JSON.parse(Buffer.from(envelope!.data, 'base64').toString())).toEqual(dynamodbRecord('1', '1'));
  });
});
