import { describe, expect, test } from '@jest/globals';
import { splitOnError } from '../../src/handlers/split-on-error.ts';
import { wholeBatch } from '../../src/handlers/whole-batch.ts';
import type { AttributeValue, DynamoDBRecord, DynamoDBStreamEvent } from '../../src/streams/dynamodb-types.ts';
import type { KinesisStreamEvent, KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import { drain } from '../kit/mapping.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbRecord, kinesisRecord } from '../kit/stream.ts';
import { type Invocable, VirtualLambda } from '../kit/virtual-lambda.ts';

const middy = middyVersions[0]![1];

function guarded(
  lambda: VirtualLambda,
  sink: StoringSink,
  handler: unknown,
  options: { readonly attempts?: number; readonly retry?: 'redelivery' | undefined },
): Invocable {
  const { attempts = 2, retry } = options;
  const quarantine = { sink, attempts, ...(retry && { retry }) };
  return middy()
    .use(lambda.middlewares.streamGuard({ quarantine, observe: () => {} }))
    .handler(handler as never) as never;
}

/** Parses each payload in place, as many handlers do, before it works on any record; takes no records that are parsed already. */
function parseInPlace({ Records }: KinesisStreamEvent): void {
  for (const record of Records) {
    const { data } = record.kinesis;
    if (typeof data !== 'string') throw new TypeError('expected text');
    Object.assign(record, {
      kinesis: { ...record.kinesis, sequenceNumber: 'gone', data: JSON.parse(Buffer.from(data, 'base64').toString()) },
    });
  }
}

function unmarshalInPlace({ Records }: DynamoDBStreamEvent): void {
  for (const { dynamodb } of Records) {
    const name = (dynamodb!.NewImage!.id as AttributeValue).S;
    if (name === undefined) throw new TypeError('expected an attribute value');
    Object.assign(dynamodb!, { NewImage: { id: name }, SequenceNumber: 'gone' });
  }
}

const letters = ['a', 'b', 'c', 'd', 'e'];
const kinesis = letters.map((name) => kinesisRecord(name, { data: JSON.stringify({ name }) }));
const kinesisName = (record: unknown): unknown =>
  ((record as KinesisStreamRecord).kinesis.data as unknown as { name: string }).name;

describe.each([undefined, 'redelivery'] as const)('a handler that changes its records, with retry %s,', (retry) => {
  test('costs no healthy record its place in splitOnError()', async () => {
    const [lambda, sink, done] = [new VirtualLambda(), new StoringSink(), [] as unknown[]];
    let cTries = 0;
    const handler = (event: KinesisStreamEvent): void => {
      parseInPlace(event);
      const names = event.Records.map(kinesisName);
      if (names.includes('d')) throw new Error('poison');
      if (names.length === 1 && names[0] === 'c' && cTries++ === 0) throw new Error('for once');
      done.push(...names);
    };
    const chain = guarded(lambda, sink, splitOnError(handler), { retry });
    await drain(lambda, chain, kinesis, (record) => (record as KinesisStreamRecord).kinesis.sequenceNumber);
    expect(sink.numbers).toEqual(['d']);
    expect(done.sort()).toEqual(['a', 'b', 'c', 'e']);
  });

  test('costs no healthy item its place in splitOnError()', async () => {
    const [lambda, sink, done] = [new VirtualLambda(), new StoringSink(), [] as unknown[]];
    const handler = (event: DynamoDBStreamEvent): void => {
      unmarshalInPlace(event);
      const names = event.Records.map(({ dynamodb }) => dynamodb!.NewImage!.id as unknown);
      if (names.includes('b')) throw new Error('poison');
      done.push(...names);
    };
    const chain = guarded(lambda, sink, splitOnError<DynamoDBRecord>(handler), { retry });
    const records = letters.map((name) => dynamodbRecord(name, name));
    await drain(lambda, chain, records, (record) => (record as DynamoDBRecord).dynamodb!.SequenceNumber!);
    expect(sink.numbers).toEqual(['b']);
    expect(done.sort()).toEqual(['a', 'c', 'd', 'e']);
  });

  test('costs nothing behind a quarantined record its place in wholeBatch()', async () => {
    const [lambda, sink, done] = [new VirtualLambda(), new StoringSink(), [] as unknown[]];
    const handler = (event: KinesisStreamEvent): unknown => {
      const numbers = event.Records.map(({ eventID }) => eventID.split(':')[1]);
      try {
        parseInPlace(event);
      } catch {
        return { batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })) };
      }
      const names = event.Records.map(kinesisName);
      const failed = names.indexOf('b');
      done.push(...(failed < 0 ? names : names.slice(0, failed)));
      return { batchItemFailures: failed < 0 ? [] : [{ itemIdentifier: numbers[failed] }] };
    };
    const chain = guarded(lambda, sink, wholeBatch(handler as never), { retry, attempts: 1 });
    await drain(lambda, chain, kinesis, (record) => (record as KinesisStreamRecord).kinesis.sequenceNumber);
    expect(sink.numbers).toEqual(['b']);
    expect(done.sort()).toEqual(['a', 'c', 'd', 'e']);
  });
});
