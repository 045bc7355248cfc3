import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as v from 'valibot';
import { z } from 'zod';
import { GuardedFunction } from '../../test/kit/guarded-function.ts';
import { dynamodbRecord, kinesisRecord } from '../../test/kit/stream.ts';
import { isUndamError } from '../base/errors.ts';
import type { KinesisStreamRecord } from '../streams/kinesis-types.ts';
import { dynamodbChange, images } from './index.ts';

/** A change as DynamoDB writes it to a Kinesis stream. */
const written = {
  awsRegion: 'eu-west-1',
  eventID: '0744ef54-5b3e-4f06-9f3b-3c1c6a1c0d11',
  eventName: 'MODIFY',
  userIdentity: null,
  recordFormat: 'application/json',
  tableName: 'orders',
  dynamodb: {
    ApproximateCreationDateTime: 1_720_740_233_012_995,
    ApproximateCreationDateTimePrecision: 'MICROSECOND',
    Keys: { id: { S: 'a' } },
    NewImage: { id: { S: 'a' }, total: { N: '5' }, seal: { B: 'AP8=' } },
    OldImage: { id: { S: 'a' }, total: { N: '4' }, tags: { SS: ['x', 'y'] } },
    SizeBytes: 60,
  },
  eventSource: 'aws:dynamodb',
};

const recordOf = (data: unknown): KinesisStreamRecord => kinesisRecord('1', { data: JSON.stringify(data) });
const withChange = (dynamodb: object): KinesisStreamRecord => {
  return recordOf({ ...written, dynamodb: { ...written.dynamodb, ...dynamodb } });
};
/** A change with an image as JSON text, which may be deeper than `JSON.stringify()` goes. */
const withImage = (json: string): KinesisStreamRecord => {
  const change = { ...written, dynamodb: { ...written.dynamodb, NewImage: 'image' } };
  return kinesisRecord('1', { data: JSON.stringify(change).replace('"image"', json) });
};
const undecodable = expect.objectContaining({ code: 'undecodable' });

describe('dynamodbChange()', () => {
  test('has the change with its origin, keys and both images', () => {
    expect(dynamodbChange()(recordOf(written))).toEqual({
      eventName: 'MODIFY',
      eventID: '0744ef54-5b3e-4f06-9f3b-3c1c6a1c0d11',
      tableName: 'orders',
      createdAt: 1_720_740_233_012.995,
      userIdentity: undefined,
      keys: { id: 'a' },
      newImage: { id: 'a', total: 5, seal: new Uint8Array([0, 255]) },
      oldImage: { id: 'a', total: 4, tags: new Set(['x', 'y']) },
    });
  });

  test('has the keys and images that images() makes of the same change in a DynamoDB stream', () => {
    const { Keys, NewImage, OldImage } = written.dynamodb;
    const streamed = {
      ...dynamodbRecord('1', 'a'),
      eventName: 'MODIFY' as const,
      dynamodb: { Keys, NewImage, OldImage },
    };
    expect(dynamodbChange()(recordOf(written))).toMatchObject(images()(streamed as never) as object);
  });

  test.each([
    ['an INSERT', { eventName: 'INSERT' }, { OldImage: undefined }, { oldImage: undefined }],
    ['a REMOVE', { eventName: 'REMOVE' }, { NewImage: undefined }, { newImage: undefined }],
    ['null for an image', {}, { OldImage: null }, { oldImage: undefined }],
  ])('%s is read', (_name, change, dynamodb, decoded) => {
    const record = recordOf({ ...written, ...change, dynamodb: { ...written.dynamodb, ...dynamodb } });
    expect(dynamodbChange()(record)).toMatchObject({ ...change, ...decoded });
  });

  test.each([
    ['in microseconds', 1_720_740_233_012_995, 'MICROSECOND', 1_720_740_233_012.995],
    ['in milliseconds', 1_720_740_233_012, 'MILLISECOND', 1_720_740_233_012],
    ['without precision, which is milliseconds', 1_720_740_233_012, undefined, 1_720_740_233_012],
    ['that is not there', undefined, 'MICROSECOND', undefined],
  ])('a time %s', (_name, ApproximateCreationDateTime, ApproximateCreationDateTimePrecision, createdAt) => {
    const change = withChange({ ApproximateCreationDateTime, ApproximateCreationDateTimePrecision });
    expect(dynamodbChange()(change)).toMatchObject({ createdAt });
  });

  test('an expired item names its remover', () => {
    const userIdentity = { type: 'Service', principalId: 'dynamodb.amazonaws.com' };
    expect(dynamodbChange()(recordOf({ ...written, userIdentity }))).toMatchObject({ userIdentity });
  });

  test('two changes a microsecond apart have different times', () => {
    const time = (micros: number) =>
      (dynamodbChange()(withChange({ ApproximateCreationDateTime: micros })) as { createdAt: number }).createdAt;
    expect(time(1_720_740_233_012_996)).toBeGreaterThan(time(1_720_740_233_012_995));
  });

  test.each([
    ['no JSON', kinesisRecord('1', { data: 'secret' })],
    ['null', recordOf(null)],
    ['text', recordOf('secret')],
    ['a list of changes', recordOf([written])],
    ['JSON of something else', recordOf({ orderId: 'secret' })],
    ['a change of another source', recordOf({ ...written, eventSource: 'secret:db' })],
    ['another event', recordOf({ ...written, eventName: 'secret' })],
    ['no event ID', recordOf({ ...written, eventID: undefined })],
    ['no table', recordOf({ ...written, tableName: null })],
    ['no change', recordOf({ ...written, dynamodb: undefined })],
    ['null for the change', recordOf({ ...written, dynamodb: null })],
    ['an empty change', recordOf({ ...written, dynamodb: {} })],
    ['no keys', withChange({ Keys: undefined })],
    ['null for keys', withChange({ Keys: null })],
    ['empty keys', withChange({ Keys: {} })],
    ['a list of keys', withChange({ Keys: [{ S: 'secret' }] })],
    ['plain keys', withChange({ Keys: { id: 'secret' } })],
    ['text for an image', withChange({ NewImage: 'secret' })],
    ['false for an image', withChange({ NewImage: false })],
    ['a plain image', withChange({ OldImage: { id: 'secret' } })],
    ['text that is a number', withChange({ NewImage: { id: { S: 4_111 } } })],
    ['a number without digits', withChange({ NewImage: { id: { N: '' } } })],
    ['bytes that are no base64', withChange({ NewImage: { id: { B: 'secret' } } })],
    ['maps without end', withImage(`${'{"a":{"M":'.repeat(50_000)}{}${'}}'.repeat(50_000)}`)],
    ['lists without end', withImage(`{"a":${'{"L":['.repeat(50_000)}${']}'.repeat(50_000)}}`)],
    ['a time that is text', withChange({ ApproximateCreationDateTime: 'secret' })],
    ['a precision that is unknown', withChange({ ApproximateCreationDateTimePrecision: 'SECOND' })],
  ])('%s is undecodable, and no message quotes it', (_name, record) => {
    const quotesNothing = expect.objectContaining({ message: expect.not.stringMatching(/secret|4.?111/) });
    expect(() => dynamodbChange()(record)).toThrow(undecodable);
    expect(() => dynamodbChange()(record)).toThrow(quotesNothing);
  });

  test("a DynamoDB Streams record is refused: not the record's fault", () => {
    const refused = expect.objectContaining({ code: 'bad-record', message: expect.stringContaining('images()') });
    expect(() => dynamodbChange()(dynamodbRecord('1', 'a') as never)).toThrow(refused);
  });

  test.each([
    ['zod', z.object({ id: z.string(), total: z.number().positive() })],
    ['valibot', v.object({ id: v.string(), total: v.pipe(v.number(), v.minValue(1)) })],
    ['zod, later', z.object({ id: z.string().refine(async () => true), total: z.number().positive() })],
  ])('with a schema of %s checks the images that are there', async (_library, schema) => {
    const decode = dynamodbChange({ schema });
    expect(await decode(recordOf(written))).toMatchObject({ tableName: 'orders', newImage: { id: 'a', total: 5 } });
    const wrong = withChange({ OldImage: { id: { S: 'secret' }, total: { N: '-4111' } } });
    await expect((async () => decode(wrong))()).rejects.toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(/the schema: oldImage\.total: (?!.*(secret|4111))/),
    });
  });

  test('takes the options of images(), and no others', () => {
    expect(dynamodbChange({ numbers: String })(recordOf(written))).toMatchObject({ newImage: { total: '5' } });
    for (const wrong of [{ numbers: 'text' }, { schema: {} }, { wrapNumbers: true }]) {
      expect(() => dynamodbChange(wrong as never)).toThrow(expect.objectContaining({ code: 'bad-option' }));
    }
  });

  test('over any data: a change with keys, or undecodable', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('INSERT', 'aws:dynamodb', 'MICROSECOND', 1e18, { S: 'a' }, { N: '1' }, { id: { S: 'a' } }),
    );
    const parts = (change: object) => fc.record(Object.fromEntries(Object.keys(change).map((key) => [key, values])));
    const hostile = fc.oneof(
      fc.jsonValue(),
      fc.record({ dynamodb: parts(written.dynamodb), rest: parts(written) }, { requiredKeys: [] }),
      fc.tuple(parts(written), fc.subarray(Object.keys(written))).map(([change, kept]) => mixed(written, change, kept)),
      fc
        .tuple(parts(written.dynamodb), fc.subarray(Object.keys(written.dynamodb)))
        .map(([change, kept]) => ({ ...written, dynamodb: mixed(written.dynamodb, change, kept) })),
    );
    fc.assert(
      fc.property(hostile, (data) => {
        const decoded = outcome(() => dynamodbChange()(recordOf(data)) as { keys: object; tableName: unknown });
        if ('error' in decoded) return isUndamError(decoded.error) && decoded.error.code === 'undecodable';
        return Object.keys(decoded.value.keys).length > 0 && typeof decoded.value.tableName === 'string';
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a record that is no change is quarantined at once, its neighbours are handled', async () => {
  const seen: unknown[] = [];
  const fn = new GuardedFunction(
    (_record, { decoded }) => void seen.push((decoded as { tableName: string }).tableName),
    {
      decode: dynamodbChange(),
    },
  );
  const data = [written, { ...written, dynamodb: { NewImage: {} } }, { ...written, tableName: 'baskets' }];
  await fn.deliverEvent({
    Records: data.map((each, index) => kinesisRecord(`${index}`, { data: JSON.stringify(each) })),
  });
  expect(seen).toEqual(['orders', 'baskets']);
  expect(fn.sink.stored).toMatchObject([{ reason: 'undecodable', origin: { sequenceNumber: '1' } }]);
});

function mixed(change: object, other: object, kept: readonly string[]): object {
  return { ...other, ...Object.fromEntries(Object.entries(change).filter(([key]) => kept.includes(key))) };
}

function outcome<T>(call: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: call() };
  } catch (error) {
    return { error };
  }
}
