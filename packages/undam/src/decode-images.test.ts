import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { images, newImage, oldImage, schema } from './decode.ts';
import type { AttributeValue, DynamoDBRecord } from './dynamodb.ts';
import { dynamodbRecord } from './stream.fixture.ts';

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

const decodeNew = (image: unknown, options?: Parameters<typeof newImage>[0]) =>
  newImage(options)(recordOf({ newImage: image }));

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
    expect(newImage()({})).toBeUndefined();
  });

  test.each([
    ['a plain value', { total: 12 }],
    ['a plain map', { item: { price: 1, name: 'secret' } }],
    ['an empty one', { item: {} }],
    ['two types at once', { item: { S: 'secret', N: '1' } }],
    ['an unknown type', { item: { X: 'secret' } }],
    ['null', { item: null }],
  ])("%s is not the record's fault: an ordinary failure that quotes nothing", (_name, image) => {
    expect(() => decodeNew(image)).toThrow(
      expect.objectContaining({ code: 'bad-record', message: expect.not.stringContaining('secret') }),
    );
  });

  test('refuse unknown options at construction', () => {
    for (const make of [images, newImage, oldImage] as readonly ((options: never) => unknown)[]) {
      expect(() => make({ numbers: 'text' } as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
      expect(() => make({ wrapNumbers: true } as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
    }
    expect(() => images({ schema: {} as never })).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });
});

describe('numbers', () => {
  test.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', 9_007_199_254_740_992n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['99999999999999999999999999999999999999', 99_999_999_999_999_999_999_999_999_999_999_999_999n],
    ['9007199254740993.00', 9_007_199_254_740_993n],
    ['1E+30', 10n ** 30n],
    ['1.5e30', 15n * 10n ** 29n],
    ['9.9999999999999999999999999999999999999E+125', BigInt('99999999999999999999999999999999999999') * 10n ** 88n],
    ['0.1', 0.1],
    ['1E-130', 1e-130],
    ['0.12345678901234567890123456789012345678', 0.12345678901234568],
  ])('%s is kept to its last whole digit', (digits, number) => {
    expect(decodeNew({ n: { N: digits } })).toEqual({ n: number });
  });

  test.each(['9007199254740993.5', '1e400', '1e999999999', 'NaN', 'secret'])('%s is undecodable', (digits) => {
    expect(() => decodeNew({ n: { N: digits } })).toThrow(undecodable);
    expect(() => decodeNew({ n: { N: digits } })).toThrow(expect.not.objectContaining({ message: digits }));
  });

  test('gets the digits alone, also in sets: a second argument would be a radix to parseInt()', () => {
    const image = { n: { N: '3' }, s: { NS: ['10', '11', '12'] } };
    expect(decodeNew(image, { numbers: Number.parseInt as never })).toEqual({ n: 3, s: new Set([10, 11, 12]) });
  });

  test('are what you make of their digits, also in sets', () => {
    const image = { n: { N: '9007199254740993.5' }, s: { NS: ['1.10'] } };
    expect(decodeNew(image, { numbers: String as never })).toEqual({
      n: '9007199254740993.5',
      s: new Set(['1.10']),
    });
    const cents = images({ numbers: (digits) => BigInt(Math.round(Number(digits) * 100)) });
    expect(cents(recordOf({ oldImage: { n: { N: '1.5' } } }))).toMatchObject({ oldImage: { n: 150n } });
  });
});

describe('against @aws-sdk/util-dynamodb', () => {
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -9e15, max: 9e15 }).map((number) => number + 0),
      fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ minLength: 1 }),
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }).map((each) => new Set(each)),
      fc.uniqueArray(fc.integer(), { minLength: 1 }).map((each) => new Set(each)),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value'), { noNullPrototype: true }),
    ),
  })).value;

  /** As Lambda sends it: bytes in base64. */
  const delivered = (image: unknown) =>
    JSON.parse(
      JSON.stringify(image, (_key, each: unknown) => {
        return each instanceof Uint8Array ? Buffer.from(each).toString('base64') : each;
      }),
    );

  test('any item is unmarshalled alike', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (item) => {
        const marshalled = marshall(item, { convertEmptyValues: false });
        expect(decodeNew(delivered(marshalled))).toEqual(unmarshall(marshalled));
      }),
    );
  });

  test('fractions beyond the precision of a number are rounded alike', () => {
    for (const N of ['0.1234567890123456789', '-3.14159265358979323846264338327950288', '1E-130', '-0', '007']) {
      expect(decodeNew({ N: { N } })).toEqual(unmarshall({ N: { N } }));
    }
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
    expect(images()({})).toEqual({ ...keysOnly, eventName: undefined, keys: {} });
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

  test('an asynchronous schema leaves no rejection that nobody waits for', async () => {
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
      expect.objectContaining({ code: 'bad-record' }),
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
