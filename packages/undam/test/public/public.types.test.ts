import { describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import type * as Lambda from 'aws-lambda';
import middy6 from 'middy-6';
import { json } from '../../src/decode/index.ts';
import {
  type DynamoDBRecord,
  type DynamoDBStreamEvent,
  eachRecord,
  type KinesisStreamEvent,
  type KinesisStreamRecord,
  memoryLedger,
  partialBatch,
  quarantine,
  type Sink,
  splitOnError,
  streamGuard,
  timeBudget,
  wholeBatch,
} from '../../src/index.ts';
import { fits, same } from '../kit/types.ts';

const sink: Sink = { send: async (envelopes) => envelopes.map(() => ({ accepted: true })) };
interface Order {
  readonly id: string;
  readonly total: number;
}

describe('types, checked by the compiler', () => {
  test('our events and those of @types/aws-lambda are one another', () => {
    fits<KinesisStreamEvent, Lambda.KinesisStreamEvent>();
    fits<Lambda.KinesisStreamEvent, KinesisStreamEvent>();
    fits<KinesisStreamRecord, Lambda.KinesisStreamRecord>();
    fits<Lambda.KinesisStreamRecord, KinesisStreamRecord>();
    fits<DynamoDBStreamEvent, Lambda.DynamoDBStreamEvent>();
    fits<Lambda.DynamoDBStreamEvent, DynamoDBStreamEvent>();
    fits<DynamoDBRecord, Lambda.DynamoDBRecord>();
    fits<Lambda.DynamoDBRecord, DynamoDBRecord>();
    expect(fits<KinesisStreamEvent, object>()).toBeUndefined();
  });

  test('the quick start compiles, and is a handler of the event source mapping', () => {
    const handler = middy()
      .use(partialBatch())
      .use(quarantine({ sink, attempts: 3 }))
      .use(timeBudget({ reserveMs: 1_000, recordMs: 5_000 }))
      .handler(
        eachRecord(async (record, { signal, attempt, decoded, context }) => {
          same<KinesisStreamRecord>(record);
          same<AbortSignal>(signal);
          same<number>(attempt);
          same<undefined>(decoded);
          same<string>(context.awsRequestId);
        }),
      );
    same<Lambda.KinesisStreamHandler>(handler);
    same<Lambda.Handler<Lambda.KinesisStreamEvent, Lambda.KinesisStreamBatchResponse>>(handler);
    expect(handler).toEqual(expect.any(Function));
  });

  test('all three at once, in one use(), in any order, and around a wholeBatch()', () => {
    const guarded = middy()
      .use(streamGuard({ quarantine: { sink }, timeBudget: { recordMs: 1_000 }, ledger: memoryLedger() }))
      .handler(eachRecord(() => {}));
    const listed = middy()
      .use([timeBudget(), quarantine({ sink }), partialBatch()])
      .handler(
        wholeBatch(({ Records }, _context, { signal }) => Promise.allSettled(Records.map(() => signal.aborted))),
      );
    for (const handler of [guarded, listed]) {
      same<Lambda.KinesisStreamHandler>(handler);
      same<Lambda.Handler<Lambda.KinesisStreamEvent, Lambda.KinesisStreamBatchResponse>>(handler);
    }
    expect([guarded, listed]).toHaveLength(2);
  });

  test('an existing handler, typed by @types/aws-lambda, before and after Middy is told of it', () => {
    const existing = async (event: Lambda.KinesisStreamEvent): Promise<Lambda.KinesisStreamBatchResponse> => {
      return { batchItemFailures: event.Records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
    };
    const first = middy(wholeBatch(existing)).use(partialBatch());
    const last = middy().use(partialBatch()).handler(wholeBatch(existing));
    const inner = wholeBatch(existing);
    const nested = middy()
      .use(partialBatch())
      .handler(async (event, context) => inner(event, context));
    for (const each of [first, last, nested]) same<Lambda.KinesisStreamHandler>(each);
    const declared: Lambda.KinesisStreamHandler = existing;
    // @ts-expect-error it declares a callback, which it never gets
    const reporting = wholeBatch(declared);
    // @ts-expect-error the same
    const throwing = splitOnError(declared);
    expect([first, last, nested, reporting, throwing]).toHaveLength(5);
  });

  // Middy's types cannot refuse it. `use()` passes on a middleware's event and context, never its result. A brand makes the
  // event a subtype, which every handler of events takes. An opaque event refuses the declared `KinesisStreamHandler`, too,
  // and refuses nothing once another typed middleware is used. `middy(handler)` is typed before it hears of ours.
  test('a handler without a wrapper compiles: it is refused when it runs', () => {
    const unwrapped = async (event: Lambda.KinesisStreamEvent): Promise<Lambda.KinesisStreamBatchResponse> => {
      return { batchItemFailures: event.Records.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
    };
    const chains = [middy(unwrapped).use(partialBatch()), middy().use(partialBatch()).handler(unwrapped)];
    for (const each of chains) same<Lambda.KinesisStreamHandler>(each);
    expect(chains).toHaveLength(2);
  });

  test('an all-or-nothing handler, typed by @types/aws-lambda or by its records, and wrong options', () => {
    const existing = async (event: Lambda.KinesisStreamEvent): Promise<void> => void event.Records.length;
    const wrapped = middy().use(partialBatch()).handler(splitOnError(existing));
    const items = middy()
      .use(partialBatch<DynamoDBStreamEvent>())
      .handler(
        splitOnError<DynamoDBRecord>(
          ({ Records }, { awsRequestId }, { signal }) => {
            same<string | undefined>(Records[0]?.dynamodb?.NewImage?.id?.S);
            same<string>(awsRequestId);
            same<AbortSignal>(signal);
          },
          { order: 'shard' },
        ),
      );
    same<Lambda.KinesisStreamHandler>(wrapped);
    same<Lambda.DynamoDBStreamHandler>(items);
    // @ts-expect-error an order that is none
    expect(() => splitOnError(existing, { order: 'batch' })).toThrow('order');
    // @ts-expect-error an option of another wrapper
    expect(() => splitOnError(existing, { reports: 'every' })).toThrow('reports');
    // @ts-expect-error no handler
    expect(() => splitOnError()).toThrow('handler');
  });

  test('DynamoDB Streams', () => {
    const handler = middy()
      .use(partialBatch<DynamoDBStreamEvent>())
      .use(quarantine<DynamoDBStreamEvent>({ sink }))
      .use(timeBudget<DynamoDBStreamEvent>())
      .handler(
        eachRecord<DynamoDBRecord>((record) => {
          same<string | undefined>(record.dynamodb?.NewImage?.id?.S);
        }),
      );
    const guarded = middy()
      .use(streamGuard<DynamoDBStreamEvent>({ quarantine: { sink } }))
      .handler(wholeBatch<DynamoDBRecord>(() => ({ batchItemFailures: [] })));
    const decoding = middy()
      .use(partialBatch<DynamoDBStreamEvent>())
      .handler(
        eachRecord<string, DynamoDBRecord>((_record, { decoded }) => same<string>(decoded), {
          decode: (record) => record.dynamodb?.SequenceNumber ?? '',
        }),
      );
    for (const each of [handler, guarded, decoding]) {
      same<Lambda.DynamoDBStreamHandler>(each);
      same<Lambda.Handler<Lambda.DynamoDBStreamEvent, Lambda.DynamoDBBatchResponse>>(each);
    }
    expect([handler, guarded, decoding]).toHaveLength(3);
  });

  test('a chain whose types were given beforehand, and one of Middy 6', () => {
    const typed = middy<Lambda.KinesisStreamEvent, Lambda.KinesisStreamBatchResponse>()
      .use(streamGuard({ quarantine: { sink } }))
      .handler(eachRecord(() => {}));
    const six = middy6()
      .use(partialBatch())
      .use(quarantine({ sink }))
      .handler(eachRecord(() => {}));
    const sixAtOnce = middy6()
      .use(streamGuard({ quarantine: { sink } }))
      .handler(wholeBatch(() => ({ batchItemFailures: [] })));
    for (const each of [typed, six, sixAtOnce]) {
      same<Lambda.Handler<Lambda.KinesisStreamEvent, Lambda.KinesisStreamBatchResponse>>(each);
    }
    expect([typed, six, sixAtOnce]).toHaveLength(3);
  });

  test('records typed by @types/aws-lambda go in as they are', () => {
    const kinesis = eachRecord((record: Lambda.KinesisStreamRecord) => record.kinesis.data);
    const dynamodb = eachRecord<Lambda.DynamoDBRecord>((record) => record.dynamodb?.Keys);
    expect([kinesis, dynamodb]).toHaveLength(2);
  });

  test('the handler gets the type that decode answers', () => {
    const inferred = eachRecord((_record, { decoded }) => same<number>(decoded), {
      decode: (record: KinesisStreamRecord) => record.kinesis.data.length,
    });
    const later = eachRecord((_record, { decoded }) => same<Order>(decoded), {
      decode: async (): Promise<Order> => ({ id: 'a', total: 1 }),
    });
    const parsed = eachRecord((_record, { decoded }) => same<Order>(decoded), { decode: json<Order>() });
    const unknownly = eachRecord((_record, { decoded }) => same<unknown>(decoded), { decode: json() });
    const first = (record: KinesisStreamRecord): Order => ({ id: record.kinesis.sequenceNumber, total: 1 });
    const named = eachRecord((_record, { decoded }) => same<Order>(decoded), { decode: first });
    expect([inferred, later, parsed, unknownly, named]).toHaveLength(5);
  });
});
