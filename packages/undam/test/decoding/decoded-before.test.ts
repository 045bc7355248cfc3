import { gzipSync } from 'node:zlib';
import { DynamoDBMarshalled } from '@aws-lambda-powertools/parser/helpers/dynamodb';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import {
  DynamoDBStreamChangeRecordBase,
  DynamoDBStreamRecord,
  DynamoDBStreamSchema,
} from '@aws-lambda-powertools/parser/schemas/dynamodb';
import { KinesisDataStreamSchema } from '@aws-lambda-powertools/parser/schemas/kinesis';
import { describe, expect, test } from '@jest/globals';
import eventNormalizer from '@middy/event-normalizer';
import { z } from 'zod';
import { PermanentError } from '../../src/base/errors.ts';
import { decodeEnvelope, encodeEnvelope } from '../../src/envelope/index.ts';
import { eachRecord } from '../../src/handlers/each-record.ts';
import type { DynamoDBRecord } from '../../src/streams/dynamodb-types.ts';
import type { KinesisStreamRecord } from '../../src/streams/kinesis-types.ts';
import type { StreamRecord } from '../../src/streams/sources.ts';
import { middyVersions } from '../kit/middy-versions.ts';
import { StoringSink } from '../kit/storing-sink.ts';
import { dynamodbEvent, dynamodbRecord, kinesisRecord } from '../kit/stream.ts';
import { errorOf, reportedIn, VirtualLambda } from '../kit/virtual-lambda.ts';

const decoders = [
  ['@middy/event-normalizer', () => eventNormalizer()],
  ["Powertools' parser", () => parser({ schema: KinesisDataStreamSchema })],
] as const;

const kinesis = (...payloads: readonly string[]) => ({
  Records: payloads.map((data, n) => kinesisRecord(String(n + 1), { data })),
});

/** As DynamoDB sends an item whose key is too large for a number, with all that JSON has no word for. */
const item = {
  id: { N: '12345678901234567890' },
  tags: { SS: ['a', 'b'] },
  more: { M: { list: { L: [{ N: '1.50' }, { NULL: true }, { B: 'AAEC' }] } } },
};
function change(dynamodb: DynamoDBRecord['dynamodb'] = { NewImage: item }): DynamoDBRecord {
  const record = dynamodbRecord('1', 'x');
  return {
    ...record,
    userIdentity: undefined,
    dynamodb: { ...record.dynamodb, Keys: { id: item.id! }, ...dynamodb },
  };
}

/** A chain whose handler fails for good on every record. */
function setUp(middy: (typeof middyVersions)[number][1], first: object | undefined, behind?: object) {
  const [lambda, sink, seen] = [new VirtualLambda(), new StoringSink(), [] as StreamRecord[]];
  const chain = middy();
  if (first) chain.use(first);
  chain.use(lambda.middlewares.streamGuard({ quarantine: { sink }, observe: () => {} }));
  if (behind) chain.use(behind);
  chain.handler(
    eachRecord<StreamRecord>((record) => {
      seen.push(record);
      throw new PermanentError('poison');
    }),
  );
  const kept = () => sink.stored.map((envelope) => decodeEnvelope(encodeEnvelope(envelope)));
  return { lambda, sink, seen, chain, kept };
}

const refused = {
  name: 'UndamError',
  code: 'event-changed',
  message: expect.stringMatching(/^undam: Records\[0\] .* Put partialBatch\(\) first/),
};

describe.each(middyVersions)('%s', (_version, middy) => {
  describe.each(decoders)('%s before partialBatch()', (_name, decoder) => {
    test.each([['{"id":1}'], ['[]']])(
      'that has parsed %s fails the invocation before anything starts',
      async (payload) => {
        const { lambda, sink, seen, chain } = setUp(middy, decoder());
        expect(errorOf(await lambda.invoke(chain, kinesis(payload)))).toMatchObject(refused);
        expect(seen).toEqual([]);
        expect(sink.calls).toEqual([]);
        expect(lambda.timers).toBe(0);
      },
    );

    test('that leaves text has the text kept, and marked: UTF-8 keeps its bytes', async () => {
      const { lambda, chain, kept } = setUp(middy, decoder());
      const payloads = ['plain text', 'abcd', 'grün 🌊', ''];
      expect(reportedIn(await lambda.invoke(chain, kinesis(...payloads)))).toEqual([]);
      expect(kept().map(({ altered }) => altered)).toEqual(['text', 'text', 'text', 'text']);
      expect(kept().map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual(payloads);
    });

    test('that has lost binary data does not pass for the bytes', async () => {
      const { lambda, chain, kept } = setUp(middy, decoder());
      const record = kinesisRecord('1');
      record.kinesis.data = Buffer.of(0, 255, 128).toString('base64');
      expect(reportedIn(await lambda.invoke(chain, { Records: [record] }))).toEqual([]);
      expect(kept()).toMatchObject([{ altered: 'text', data: Buffer.from('\0\ufffd\ufffd').toString('base64') }]);
    });

    test('harms no record behind it', async () => {
      const { lambda, seen, chain, kept } = setUp(middy, undefined, decoder());
      expect(reportedIn(await lambda.invoke(chain, kinesis('{"id": 1}', 'abcd')))).toEqual([]);
      expect(seen.map((record) => (record as KinesisStreamRecord).kinesis.data)).toEqual([{ id: 1 }, 'abcd']);
      expect(kept().map(({ data }) => Buffer.from(data, 'base64').toString())).toEqual(['{"id": 1}', 'abcd']);
      expect(kept().every((envelope) => !('altered' in envelope))).toBe(true);
    });
  });

  describe.each([
    ['@middy/event-normalizer', () => eventNormalizer()],
    [
      '@middy/event-normalizer with wrapNumbers',
      () => (eventNormalizer as (options: object) => object)({ wrapNumbers: true }),
    ],
    ["Powertools' parser", () => parser({ schema: DynamoDBStreamSchema })],
  ])('%s on DynamoDB Streams', (_name, unmarshal) => {
    test('before partialBatch() fails the invocation before any start, for any key', async () => {
      for (const record of [change(), dynamodbRecord('1', 'x'), change({ NewImage: {}, OldImage: item })]) {
        const { lambda, sink, seen, chain } = setUp(middy, unmarshal());
        expect(errorOf(await lambda.invoke(chain, dynamodbEvent(record)))).toMatchObject(refused);
        expect([seen, sink.calls]).toEqual([[], []]);
      }
    });

    test('behind partialBatch() leaves the envelope the record as Lambda delivered it', async () => {
      const { lambda, seen, chain, kept } = setUp(middy, undefined, unmarshal());
      const delivered = JSON.stringify(change());
      expect(reportedIn(await lambda.invoke(chain, dynamodbEvent(change())))).toEqual([]);
      expect(seen).toHaveLength(1);
      expect(kept()).toMatchObject([{ origin: { partitionKey: '[["id",{"N":"12345678901234567890"}]]' } }]);
      expect(Buffer.from(kept()[0]!.data, 'base64').toString()).toBe(delivered);
    });
  });

  test('an image that is unmarshalled without its keys is noticed, too', async () => {
    const total = DynamoDBMarshalled(z.object({ total: z.number() }));
    const dynamodb = DynamoDBStreamChangeRecordBase.extend({ NewImage: total });
    const schema = z.object({ Records: z.array(DynamoDBStreamRecord.extend({ dynamodb })) });
    const { lambda, seen, chain } = setUp(middy, parser({ schema }));
    expect(errorOf(await lambda.invoke(chain, dynamodbEvent(dynamodbRecord('1', 'x'))))).toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  test('data in bytes is no text, and gzip that is unpacked no base64', async () => {
    const unpack = (event: { Records: KinesisStreamRecord[] }, as: (bytes: Buffer) => unknown) => {
      for (const { kinesis } of event.Records) kinesis.data = as(Buffer.from(kinesis.data, 'base64')) as string;
    };
    const into = (as: (bytes: Buffer) => unknown) => ({ before: ({ event }: { event: never }) => unpack(event, as) });
    const inBytes = setUp(
      middy,
      into((bytes) => bytes),
    );
    expect(errorOf(await inBytes.lambda.invoke(inBytes.chain, kinesis('a')))).toMatchObject(refused);
    const inLatin = setUp(
      middy,
      into((bytes) => bytes.toString('latin1')),
    );
    await inLatin.lambda.invoke(inLatin.chain, kinesis(gzipSync('a').toString('latin1')));
    expect(inLatin.kept()).toMatchObject([{ altered: 'text' }]);
  });
});
