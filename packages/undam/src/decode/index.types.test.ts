import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { type } from 'arktype';
import type * as Lambda from 'aws-lambda';
import * as v from 'valibot';
import { z } from 'zod';
import {
  type Decode,
  type DynamoDBRecord,
  type DynamoDBStreamEvent,
  eachRecord,
  type KinesisStreamRecord,
  type Sink,
  streamGuard,
} from '../index.ts';
import {
  type AttributeItem,
  type CloudWatchLogEvent,
  cloudWatchLogs,
  type DynamoDBChange,
  dynamodbChange,
  gzipJson,
  type ItemImages,
  images,
  json,
  newImage,
  oldImage,
  type StandardSchema,
  schema,
} from './index.ts';

/** Compiles only if both are the same type. */
function exactly<T>() {
  return <U>(_value: U, ..._same: Same<T, U> extends true ? [] : ['expected the same type']): void => {};
}
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

interface Order {
  orderId: string;
  total: number;
}
const zodOrder = z.object({ orderId: z.string(), total: z.number() });
const valibotOrder = v.object({ orderId: v.string(), total: v.number() });
const arktypeOrder = type({ orderId: 'string', total: 'number' });

const sink: Sink = { send: async (envelopes) => envelopes.map(() => ({ accepted: true })) };

describe('the type of a decoder, checked by the compiler', () => {
  test('a Kinesis handler gets the output of any schema', () => {
    const handlers = [
      eachRecord(
        (record, { decoded }) => {
          exactly<KinesisStreamRecord>()(record);
          exactly<Order>()(decoded);
        },
        { decode: schema(zodOrder) },
      ),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: schema(valibotOrder) }),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: schema(arktypeOrder) }),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: schema(zodOrder, gzipJson()) }),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: schema(valibotOrder, json()) }),
      eachRecord(async (_record, { decoded }) => exactly<Order>()(decoded), {
        decode: schema(zodOrder, async (record: KinesisStreamRecord) => record.kinesis.data),
        concurrency: 5,
      }),
    ];
    expect(handlers).toHaveLength(6);
  });

  test('the answer of a schema has its output type', () => {
    const total = z.object({ total: z.string().transform(Number), note: z.string().default('') });
    const later = v.pipeAsync(
      v.string(),
      v.transformAsync(async (text) => text.length),
    );
    const own: StandardSchema<string, Date> = {
      '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value: new Date(String(value)) }) },
    };
    const union = z.discriminatedUnion('type', [
      z.object({ type: z.literal('placed'), total: z.number() }),
      z.object({ type: z.literal('cancelled'), reason: z.string() }),
    ]);
    const handlers = [
      eachRecord((_record, { decoded }) => exactly<{ total: number; note: string }>()(decoded), {
        decode: schema(total),
      }),
      eachRecord((_record, { decoded }) => exactly<number>()(decoded), { decode: schema(later) }),
      eachRecord((_record, { decoded }) => exactly<Date>()(decoded), { decode: schema(own) }),
      eachRecord(
        (_record, { decoded }) => {
          if (decoded.type === 'placed') exactly<number>()(decoded.total);
          else exactly<string>()(decoded.reason);
        },
        { decode: schema(union) },
      ),
    ];
    expect(handlers).toHaveLength(4);
  });

  test('a DynamoDB handler gets the images, as plain values or as the output of a schema', () => {
    const handlers = [
      eachRecord(
        (record, { decoded }) => {
          exactly<DynamoDBRecord>()(record);
          exactly<Order>()(decoded);
        },
        { decode: schema(zodOrder, newImage()) },
      ),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: schema(valibotOrder, oldImage()) }),
      eachRecord((_record, { decoded }) => exactly<ItemImages<Order, AttributeItem>>()(decoded), {
        decode: images({ schema: zodOrder }),
      }),
      eachRecord((_record, { decoded }) => exactly<ItemImages<AttributeItem>>()(decoded), { decode: images() }),
      eachRecord((_record, { decoded }) => exactly<AttributeItem | undefined>()(decoded), { decode: newImage() }),
      eachRecord((_record, { decoded }) => exactly<AttributeItem<string> | undefined>()(decoded), {
        decode: newImage({ numbers: String }),
      }),
      eachRecord((_record, { decoded }) => exactly<ItemImages<Order, AttributeItem<bigint>>>()(decoded), {
        decode: images({ schema: valibotOrder, numbers: BigInt }),
      }),
    ];
    expect(handlers).toHaveLength(7);
  });

  test('a guarded DynamoDB function with a schema is a handler of its mapping', () => {
    const handler = middy()
      .use(streamGuard<DynamoDBStreamEvent>({ quarantine: { sink } }))
      .handler(
        eachRecord(
          async (_record, { decoded }) => {
            exactly<Order | undefined>()(decoded.newImage);
            exactly<'INSERT' | 'MODIFY' | 'REMOVE' | undefined>()(decoded.eventName);
          },
          { decode: images({ schema: zodOrder }) },
        ),
      );
    const mapped: Lambda.Handler<Lambda.DynamoDBStreamEvent, Lambda.DynamoDBBatchResponse> = handler;
    expect(mapped).toEqual(expect.any(Function));
  });

  test('a Kinesis handler gets the changes that DynamoDB has written, typed as images() types them', () => {
    const handlers = [
      eachRecord(
        (record, { decoded }) => {
          exactly<KinesisStreamRecord>()(record);
          exactly<DynamoDBChange<AttributeItem>>()(decoded);
          exactly<'INSERT' | 'MODIFY' | 'REMOVE'>()(decoded.eventName);
          exactly<number | undefined>()(decoded.createdAt);
        },
        { decode: dynamodbChange() },
      ),
      eachRecord((_record, { decoded }) => exactly<DynamoDBChange<Order, AttributeItem>>()(decoded), {
        decode: dynamodbChange({ schema: zodOrder }),
      }),
      eachRecord((_record, { decoded }) => exactly<DynamoDBChange<Order, AttributeItem<bigint>>>()(decoded), {
        decode: dynamodbChange({ schema: valibotOrder, numbers: BigInt }),
      }),
    ];
    const images: ItemImages<Order, AttributeItem> = {} as DynamoDBChange<Order, AttributeItem>;
    expect([...handlers, images]).toHaveLength(4);
  });

  test('CloudWatch Logs messages', () => {
    const handlers = [
      eachRecord(
        (_record, { decoded }) => {
          exactly<'DATA_MESSAGE' | 'CONTROL_MESSAGE'>()(decoded.messageType);
          exactly<CloudWatchLogEvent[]>()(decoded.logEvents);
        },
        { decode: cloudWatchLogs() },
      ),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), { decode: gzipJson<Order>() }),
      eachRecord((_record, { decoded }) => exactly<Order>()(decoded), {
        decode: schema(zodOrder, cloudWatchLogs({ maxBytes: 1_000_000 })),
      }),
    ];
    expect(handlers).toHaveLength(3);
  });

  test('wrong options do not compile', () => {
    const wrong = [
      // @ts-expect-error: a schema is required
      () => schema(),
      // @ts-expect-error: a JSON schema is none
      () => schema({ type: 'object' }),
      // @ts-expect-error: a type is no schema's method
      () => schema(zodOrder.parse),
      // @ts-expect-error: the decoder to begin with has to be made
      () => schema(zodOrder, {}),
      // @ts-expect-error: an unknown option
      () => gzipJson({ maxSize: 1 }),
      // @ts-expect-error: not a number
      () => cloudWatchLogs({ maxBytes: '1' }),
      // @ts-expect-error: not a function
      () => newImage({ numbers: 'string' }),
      // @ts-expect-error: an unknown option
      () => images({ item: zodOrder }),
      // @ts-expect-error: no schema
      () => images({ schema: {} }),
      // @ts-expect-error: an unknown option
      () => dynamodbChange({ item: zodOrder }),
      // @ts-expect-error: no schema
      () => dynamodbChange({ schema: {} }),
    ];
    for (const make of wrong) expect(make).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });

  test('a contradiction to the schema or the kind of stream does not compile', () => {
    const wrong = [
      // @ts-expect-error: the schema makes no such field
      () => eachRecord((_record, { decoded }) => decoded.customerId, { decode: schema(zodOrder) }),
      // @ts-expect-error: a number
      () => eachRecord((_record, { decoded }) => exactly<string>()(decoded.total), { decode: schema(valibotOrder) }),
      // @ts-expect-error: a REMOVE has no new image
      () => eachRecord((_record, { decoded }) => decoded.newImage.total, { decode: images({ schema: zodOrder }) }),
      // @ts-expect-error: an image without a schema may hold anything
      () => eachRecord((_record, { decoded }) => exactly<number>()(decoded?.total), { decode: newImage() }),
      // @ts-expect-error: schema() alone decodes Kinesis records
      () => eachRecord<Order, DynamoDBRecord>(() => {}, { decode: schema(zodOrder) }),
      // @ts-expect-error: images are those of DynamoDB records
      () => eachRecord<Order, KinesisStreamRecord>(() => {}, { decode: schema(zodOrder, newImage()) }),
      // @ts-expect-error: images are those of DynamoDB records
      (): Decode<KinesisStreamRecord, unknown> => images(),
      // @ts-expect-error: DynamoDB has written it to a Kinesis stream
      (): Decode<DynamoDBRecord, unknown> => dynamodbChange(),
      // @ts-expect-error: a REMOVE has no new image
      () => (decoded: DynamoDBChange<Order>) => decoded.newImage.total,
    ];
    for (const make of wrong) expect(make).not.toThrow();
  });
});
