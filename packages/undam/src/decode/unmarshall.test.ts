import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dynamodbRecord } from '../../test/kit/stream.ts';
import type { DynamoDBRecord } from '../streams/dynamodb-types.ts';
import { images, newImage } from './index.ts';

function recordOf(image: unknown): DynamoDBRecord {
  const record = dynamodbRecord('1', 'a');
  record.dynamodb!.NewImage = image as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
  return record;
}

const decodeNew = (image: unknown, options?: Parameters<typeof newImage>[0]) => newImage(options)(recordOf(image));

const undecodable = expect.objectContaining({ code: 'undecodable' });

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

  test.each([
    ...['9007199254740993.5', '1e400', '1e999999999', 'NaN', 'secret'],
    ...['', ' ', '0x10', '0b1', '1_000', '.', '1.e', '--1', '9'.repeat(10_000)],
  ])('%s is undecodable', (digits) => {
    expect(() => decodeNew({ n: { N: digits } })).toThrow(undecodable);
    expect(() => decodeNew({ n: { N: digits } })).toThrow(expect.not.objectContaining({ message: digits }));
    expect(() => decodeNew({ n: { NS: [digits] } })).toThrow(undecodable);
  });

  test('gets the digits alone, also in sets: a second argument would be a radix to parseInt()', () => {
    const image = { n: { N: '3' }, s: { NS: ['10', '11', '12'] } };
    expect(decodeNew(image, { numbers: Number.parseInt as never })).toEqual({ n: 3, s: new Set([10, 11, 12]) });
  });

  test('are read from their digits by an option, also in sets', () => {
    const image = { n: { N: '9007199254740993.5' }, s: { NS: ['1.10'] } };
    expect(decodeNew(image, { numbers: String as never })).toEqual({
      n: '9007199254740993.5',
      s: new Set(['1.10']),
    });
    const cents = images({ numbers: (digits) => BigInt(Math.round(Number(digits) * 100)) });
    expect(cents(recordOf({ n: { N: '1.5' } }))).toMatchObject({ newImage: { n: 150n } });
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
