import { describe, expect, test } from '@jest/globals';
import { json } from '../../src/decode/index.ts';
import {
  type DynamoDBRecord,
  eachRecord,
  logToConsole,
  type Observe,
  partialBatch,
  quarantine,
  type Sink,
  streamGuard,
  timeBudget,
  wholeBatch,
} from '../../src/index.ts';
import { same } from '../kit/types.ts';

const sink: Sink = { send: async (envelopes) => envelopes.map(() => ({ accepted: true })) };
interface Order {
  readonly id: string;
  readonly total: number;
}

describe('types of options, checked by the compiler', () => {
  test('an observer is given alone or in an array, and the default lines among others', () => {
    const observe: Observe = ({ type }, { requestId }) => void [type, requestId];
    expect(partialBatch({ observe })).toBeDefined();
    expect(partialBatch({ observe: [logToConsole({ logErrors: 'message' }), observe] })).toBeDefined();
    expect(streamGuard({ quarantine: { sink }, logErrors: 'stack' })).toBeDefined();
    // @ts-expect-error an observer is a function
    expect(() => partialBatch({ observe: [console] })).toThrow('observe');
    // @ts-expect-error there is no more than the stack
    expect(() => logToConsole({ logErrors: 'all' })).toThrow('logErrors');
  });

  test('wrong options do not compile', () => {
    const wrong = [
      // @ts-expect-error: a sink is required
      () => quarantine({ attempts: 3 }),
      // @ts-expect-error: an unknown option
      () => quarantine({ sink, attemps: 3 }),
      // @ts-expect-error: not a number
      () => quarantine({ sink, attempts: '3' }),
      // @ts-expect-error: not one of the two
      () => quarantine({ sink, retry: 'never' }),
      // @ts-expect-error: an unknown option
      () => timeBudget({ recordTimeout: 5 }),
      // @ts-expect-error: no ledger
      () => partialBatch({ ledger: {} }),
      // @ts-expect-error: an option of wholeBatch()
      () => partialBatch({ reports: 'every' }),
      // @ts-expect-error: not one of the two
      () => wholeBatch(() => {}, { reports: 'all' }),
      // @ts-expect-error: not one of the three
      () => eachRecord(() => {}, { order: 'keys' }),
      // @ts-expect-error: not a number
      () => eachRecord(() => {}, { concurrency: '10' }),
      // @ts-expect-error: an unknown option
      () => eachRecord(() => {}, { retries: 1 }),
      // @ts-expect-error: quarantine is required
      () => streamGuard({}),
      // @ts-expect-error: not a handler
      () => eachRecord({}),
    ];
    for (const make of wrong) expect(make).toThrow(expect.objectContaining({ code: 'bad-option' }));
  });

  test('a contradiction to the record type does not compile', () => {
    const wrong = [
      // @ts-expect-error: decode makes a number
      () => eachRecord((_record, { decoded }) => same<string>(decoded), { decode: () => 1 }),
      // @ts-expect-error: without decode there is nothing decoded
      () => eachRecord((_record, { decoded }) => same<Order>(decoded)),
      // @ts-expect-error: a Kinesis record has no dynamodb
      () => eachRecord((record) => record.dynamodb),
      // @ts-expect-error: a DynamoDB record has no kinesis
      () => eachRecord<DynamoDBRecord>((record) => record.kinesis),
      // @ts-expect-error: a Kinesis decoder for DynamoDB records
      () => eachRecord<unknown, DynamoDBRecord>(() => {}, { decode: json() }),
    ];
    for (const make of wrong) expect(make).not.toThrow();
  });
});
