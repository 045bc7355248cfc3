import { describe, expect, test } from '@jest/globals';
import * as v from 'valibot';
import { z } from 'zod';
import { dynamodbRecord, kinesisRecord } from '../../test/kit/stream.ts';
import type { AttributeValue, DynamoDBRecord } from '../streams/dynamodb-types.ts';
import { images, newImage, oldImage, schema } from './index.ts';

interface Change {
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly newImage?: unknown;
  readonly oldImage?: unknown;
}

function recordOf({ eventName = 'MODIFY', newImage: after, oldImage: before }: Change): DynamoDBRecord {
  const record = dynamodbRecord('1', 'a');
  record.eventName = eventName;
  delete record.dynamodb!.NewImage;
  if (after !== undefined) record.dynamodb!.NewImage = after as { [name: string]: AttributeValue };
  if (before !== undefined) record.dynamodb!.OldImage = before as { [name: string]: AttributeValue };
  return record;
}

const decodeNew = (image: unknown) => newImage()(recordOf({ newImage: image }));

const undecodable = expect.objectContaining({ code: 'undecodable' });

describe('newImage() and oldImage()', () => {
  test.each<readonly [string, unknown, unknown]>([
    ['text', { S: '' }, ''],
    ['a number', { N: '-12.50' }, -12.5],
    ['a boolean', { BOOL: false }, false],
    ['null', { NULL: true }, null],
    ['bytes, which Lambda sends in base64', { B: 'AP8=' }, new Uint8Array([0, 255])],
    ['a list', { L: [{ S: 'a' }, { L: [] }] }, ['a', []]],
    ['a map', { M: { a: { M: {} } } }, { a: {} }],
    ['a set of text', { SS: ['b', 'a'] }, new Set(['b', 'a'])],
    ['a set of numbers', { NS: ['1', '2.5'] }, new Set([1, 2.5])],
    ['a set of bytes', { BS: ['AA==', 'AQ=='] }, new Set([new Uint8Array([0]), new Uint8Array([1])])],
  ])('unmarshal %s', (_name, value, plain) => {
    expect(decodeNew({ value })).toEqual({ value: plain });
    expect(oldImage()(recordOf({ oldImage: { value } }))).toEqual({ value: plain });
  });

  test('an attribute that is called __proto__ is one like the others', () => {
    const image = JSON.parse('{"__proto__":{"M":{"admin":{"BOOL":true}}}}');
    const item = decodeNew(image) as { admin?: unknown };
    expect(item.admin).toBeUndefined();
    expect(Object.keys(item)).toEqual(['__proto__']);
  });

  test('an image that the record does not have is undefined', () => {
    expect(newImage()(recordOf({ eventName: 'REMOVE' }))).toBeUndefined();
    expect(oldImage()(recordOf({ eventName: 'INSERT' }))).toBeUndefined();
    expect(newImage()(recordOf({ newImage: null }))).toBeUndefined();
    expect(oldImage()(recordOf({ oldImage: null }))).toBeUndefined();
  });

  test.each([
    ['a plain value', { total: 12 }],
    ['a plain map', { item: { price: 1, name: 'secret' } }],
    ['an empty one', { item: {} }],
    ['two types at once', { item: { S: 'secret', N: '1' } }],
    ['an unknown type', { item: { X: 'secret' } }],
    ['null', { item: null }],
    ['text that is a number', { item: { S: 4_111 } }],
    ['a number that is no text', { item: { N: 4_111 } }],
    ['null that is false', { item: { NULL: false } }],
    ['a truth that is text', { item: { BOOL: 'secret' } }],
    ['bytes that are no base64', { item: { B: 'secret!' } }],
    ['bytes that another middleware has made', { item: { B: new Uint8Array([1]) } }],
    ['a list that is text', { item: { L: 'secret' } }],
    ['a list in the place of a map', { item: { M: [{ S: 'secret' }] } }],
    ['a map of null', { item: { M: null } }],
    ['a set that is text', { item: { SS: 'secret' } }],
    ['a set of other things', { item: { NS: [1] } }],
    ['a list in the place of a value', { item: ['secret'] }],
  ])("%s is not the record's fault, and quotes nothing", (_name, image) => {
    expect(() => decodeNew(image)).toThrow(
      expect.objectContaining({ code: 'event-changed', message: expect.not.stringMatching(/secret|4.?111/) }),
    );
  });

  test.each([
    ['a Kinesis record', kinesisRecord('1'), /Kinesis record: dynamodbChange\(\)/],
    ['an SQS message', { body: 'secret', eventSource: 'aws:sqs' }, /a record with undefined as dynamodb/],
    ['a record without anything', {}, /a record with undefined as dynamodb/],
    [
      'null for what the stream holds',
      { ...dynamodbRecord('1', 'a'), dynamodb: null },
      /a record with null as dynamodb/,
    ],
  ])('%s is refused, and no change without images', (_name, record, message) => {
    for (const [name, decode] of [
      ['images()', images()],
      ['newImage()', newImage()],
      ['oldImage()', oldImage()],
      ['images()', images({ schema: z.object({}).optional() })],
    ] as const) {
      const refused = expect.objectContaining({ code: 'bad-record', message: expect.stringMatching(message) });
      expect(() => decode(record as DynamoDBRecord)).toThrow(refused);
      expect(() => decode(record as DynamoDBRecord)).toThrow(`${name}: expected a DynamoDB Streams record`);
    }
  });

  test('refuse unknown options at construction', () => {
    for (const make of [images, newImage, oldImage] as readonly ((options: never) => unknown)[]) {
      expect(() => make({ numbers: 'text' } as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
      expect(() => make({ wrapNumbers: true } as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
    }
    expect(() => images({ schema: {} as never })).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

describe('images()', () => {
  const stored = { id: { S: 'a' }, total: { N: '5' } };

  test('has the change with keys and both images', () => {
    const modified = recordOf({ newImage: stored, oldImage: { ...stored, total: { N: '4' } } });
    expect(images()(modified)).toEqual({
      eventName: 'MODIFY',
      keys: { id: 'a' },
      newImage: { id: 'a', total: 5 },
      oldImage: { id: 'a', total: 4 },
    });
    const keysOnly = { eventName: 'REMOVE', keys: { id: 'a' }, newImage: undefined, oldImage: undefined };
    expect(images()(recordOf({ eventName: 'REMOVE' }))).toEqual(keysOnly);
    expect(images()(recordOf({ eventName: 'REMOVE', newImage: null, oldImage: null }))).toEqual(keysOnly);
  });

  test('null for an image is none, and no schema is asked', () => {
    const decode = images({ schema: z.object({ id: z.string() }) });
    expect(decode(recordOf({ newImage: stored, oldImage: null }))).toMatchObject({ oldImage: undefined });
  });

  test.each([
    ['zod', z.object({ id: z.string(), total: z.number().positive() })],
    ['valibot', v.object({ id: v.string(), total: v.pipe(v.number(), v.minValue(1)) })],
    ['zod, later', z.object({ id: z.string().refine(async () => true), total: z.number().positive() })],
  ])('with a schema of %s checks the images that are there', async (_library, item) => {
    const decode = images({ schema: item });
    expect(await decode(recordOf({ newImage: stored }))).toMatchObject({ newImage: { total: 5 }, oldImage: undefined });
    expect(await decode(recordOf({ eventName: 'REMOVE', oldImage: stored }))).toMatchObject({ newImage: undefined });
    const wrong = recordOf({ newImage: stored, oldImage: { id: { S: 'secret' }, total: { N: '-4111' } } });
    await expect((async () => decode(wrong))()).rejects.toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(/the schema: oldImage\.total: (?!.*(secret|4111))/),
    });
  });

  test('an asynchronous schema leaves no unhandled rejection', async () => {
    let calls = 0;
    const never = v.pipeAsync(
      v.unknown(),
      v.checkAsync(async () => {
        calls++;
        return false;
      }),
    );
    const decode = async (change: Change) => images({ schema: never })(recordOf(change));
    await expect(decode({ newImage: stored, oldImage: { id: 'no attribute value' } })).rejects.toThrow(
      expect.objectContaining({ code: 'event-changed' }),
    );
    expect(calls).toBe(0);
    await expect(decode({ newImage: stored, oldImage: stored })).rejects.toThrow(undecodable);
    expect(calls).toBe(1);
    await expect(decode({ oldImage: stored })).rejects.toThrow(undecodable);
  });

  test('an asynchronous schema of both images is awaited for both', async () => {
    const slow = z.object({ total: z.number() }).transform(async ({ total }) => total * 2);
    const decode = images({ schema: slow });
    const both = await decode(recordOf({ newImage: stored, oldImage: stored }));
    expect(both).toMatchObject({ newImage: 10, oldImage: 10 });
    expect(await decode(recordOf({ oldImage: stored }))).toMatchObject({ newImage: undefined, oldImage: 10 });
  });

  test('schema(Item, newImage()) is the new image, and a REMOVE does not match it', () => {
    const decode = schema(z.object({ id: z.string(), total: z.number() }), newImage());
    expect(decode(recordOf({ newImage: stored }))).toEqual({ id: 'a', total: 5 });
    expect(() => decode(recordOf({ eventName: 'REMOVE', oldImage: stored }))).toThrow(undecodable);
    const optional = schema(z.object({ id: z.string() }).optional(), newImage());
    expect(optional(recordOf({ eventName: 'REMOVE', oldImage: stored }))).toBeUndefined();
  });
});
