import { inspect } from 'node:util';
import fc from 'fast-check';
import { dynamodbRecord, kinesisRecord } from './stream.ts';

/** Any UTF-16 code units, so also half surrogate pairs, and what looks like base64. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('abcd', 'true', '1234', 'YR==', 'YWI', 'YQ=A', 'ab-_', '__proto__', ''),
);

/** Values that a decoder may leave, and some that none should. Made anew each time, because a read changes some. */
const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.double(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, true, Symbol('odd'), 1e300),
  fc.constantFrom(...[new Map([['a', 1]]), new Set(['a']), new Date(0), new Date(Number.NaN), () => 1]),
  fc.uint8Array({ maxLength: 6 }),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc.anything({ withBigInt: true, withMap: true, withSet: true, withNullPrototype: true, withTypedArray: true }),
  fc.constant(null).map(() => {
    const cyclic: Record<string, unknown> = { a: 1 };
    cyclic.self = cyclic;
    return cyclic;
  }),
  fc.constant({ toJSON: () => 'other' }),
  fc.constant(throwing({}, 'a')),
);

function throwing<T extends object>(object: T, name: string): T {
  return Object.defineProperty(object, name, {
    enumerable: true,
    get() {
      throw new Error('hostile');
    },
  });
}

function eventOf(makers: readonly ((number: string) => object)[]): { Records: object[] } {
  const event = { Records: makers.map((make, index) => make(String(index + 1))) };
  // A counterexample is shown without calling its getters.
  return Object.defineProperty(event, fc.toStringMethod, { value: () => inspect(event, { depth: 9 }) });
}

const base64 = fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64'));

/** Mostly what Lambda delivers. */
const mostly = (usual: fc.Arbitrary<unknown>, odd: fc.Arbitrary<unknown> = oddValue): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: odd });

type Change = (record: Record<string, unknown>, inner: Record<string, unknown>) => void;

const nothing: Change = () => {};

/** Faults in the shape of a record. */
const oddShape = (inner: string): fc.Arbitrary<Change> =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(nothing) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Change>(
        (record) => void delete record[inner],
        (record) => void throwing(record, inner),
        (_, fields) => void throwing(fields, 'data'),
        (_, fields) => void throwing(fields, 'Keys'),
        (_, fields) => void throwing(fields, 'partitionKey'),
        (record) => void throwing(record, 'awsRegion'),
        (record) => void Object.assign(record, { toJSON: () => undefined }),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(oddText, oddValue).map(
        ([name, value]): Change =>
          (record) =>
            void Object.defineProperty(record, name, { value, enumerable: true, configurable: true }),
      ),
    },
  );

/** Of the whole batch: one stream, one region, and data that one decoder has or has not had. */
const surroundings = fc.record({
  eventSourceARN: mostly(fc.constant('arn:aws:kinesis:eu-west-1:123456789012:stream/s')),
  awsRegion: mostly(fc.constant('eu-west-1')),
});

/** An event of Kinesis records, some of which are hostile. */
export const hostileKinesis: fc.Arbitrary<{ Records: object[] }> = fc
  .tuple(surroundings, fc.constantFrom(base64, oddText, oddValue))
  .chain(([around, data]) =>
    fc.array(
      fc
        .record({
          eventID: mostly(fc.constant('shardId-000000000000:1')),
          data: mostly(fc.oneof(base64, data)),
          partitionKey: mostly(oddText),
          approximateArrivalTimestamp: mostly(fc.double()),
          sequenceNumber: mostly(fc.constant(undefined), oddValue),
          change: oddShape('kinesis'),
        })
        .map(({ eventID, change, sequenceNumber, ...fields }) => (number: string) => {
          const record = { ...kinesisRecord(number), ...around, eventID };
          Object.assign(record.kinesis, fields, sequenceNumber !== undefined && { sequenceNumber });
          change(record as never, record.kinesis as never);
          return record;
        }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(eventOf);

const attributeName = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('__proto__', 'toJSON', 'constructor', 'S'));
const digits = fc.oneof(fc.bigInt().map(String), fc.constantFrom('1.50', '12345678901234567890', '1e125'));

const attributeValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    oddText.map((S) => ({ S })),
    digits.map((N) => ({ N })),
    base64.map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.array(digits).map((NS) => ({ NS })),
    fc.array(base64).map((BS) => ({ BS })),
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(attributeName, tie('value'), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).value;

const keyValue = fc.oneof(
  oddText.map((S) => ({ S })),
  digits.map((N) => ({ N })),
  base64.map((B) => ({ B })),
);
const item = mostly(fc.dictionary(attributeName, mostly(attributeValue), { maxKeys: 3 }));

/** An event of DynamoDB Streams records, some of which are hostile. */
export const hostileDynamodb: fc.Arbitrary<{ Records: object[] }> = fc
  .array(
    fc
      .record(
        {
          Keys: mostly(fc.dictionary(attributeName, keyValue, { minKeys: 1, maxKeys: 2 })),
          NewImage: item,
          OldImage: item,
          ApproximateCreationDateTime: mostly(fc.nat()),
          SequenceNumber: mostly(fc.constant(undefined), oddValue),
          change: oddShape('dynamodb'),
        },
        { requiredKeys: ['Keys', 'SequenceNumber', 'change'] },
      )
      .map(({ change, SequenceNumber, ...fields }) => (number: string) => {
        const record = dynamodbRecord(number, 'x');
        delete record.dynamodb!.NewImage;
        Object.assign(record.dynamodb!, fields, SequenceNumber !== undefined && { SequenceNumber });
        change(record as never, record.dynamodb as never);
        return record;
      }),
    { minLength: 1, maxLength: 4 },
  )
  .map(eventOf);

/** A context of Lambda's, some of whose names are hostile. */
export const hostileNames: fc.Arbitrary<object> = fc.record(
  { invokedFunctionArn: mostly(oddText), functionVersion: mostly(oddText), awsRequestId: oddValue },
  { requiredKeys: [] },
);
