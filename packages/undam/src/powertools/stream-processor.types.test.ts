import { type BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import { expect, test } from '@jest/globals';
import middy from '@middy/core';
import type * as Lambda from 'aws-lambda';
import { z } from 'zod';
import { StoringSink } from '../../test/kit/storing-sink.ts';
import { same } from '../../test/kit/types.ts';
import { streamGuard } from '../index.ts';
import { StreamProcessor, type StreamProcessorAttempt } from './stream-processor.ts';

test('types, checked by the compiler: it takes the place of a BatchProcessor in a handler of the mapping', () => {
  const processor = new StreamProcessor(EventType.KinesisDataStreams);
  same<BatchProcessor>(processor);
  const recordHandler = async (
    _record: Lambda.KinesisStreamRecord,
    _context: Lambda.Context,
    attempt?: StreamProcessorAttempt,
  ): Promise<void> => {
    same<number | undefined>(attempt?.attempt);
    same<AbortSignal | undefined>(attempt?.signal);
  };
  const handler = middy()
    .use(streamGuard({ quarantine: { sink: new StoringSink() } }))
    .handler((event: Lambda.KinesisStreamEvent, context: Lambda.Context) =>
      processPartialResponse(event, recordHandler, processor, { context, processInParallel: false }),
    );
  same<Lambda.KinesisStreamHandler>(handler);
  expect(handler).toEqual(expect.any(Function));
});

test('types, checked by the compiler: its options, and what does not compile', () => {
  const innerSchema = z.object({ id: z.string() });
  const config = { parser, innerSchema, transformer: 'unmarshall', order: 'shard' } as const;
  const processor = new StreamProcessor(EventType.DynamoDBStreams, config);
  const event = { Records: [] };
  const make = [
    // @ts-expect-error SQS is no stream
    () => new StreamProcessor(EventType.SQS),
    // @ts-expect-error unknown order
    () => new StreamProcessor(EventType.KinesisDataStreams, { order: 'batch' }),
    // @ts-expect-error not a number
    () => new StreamProcessor(EventType.KinesisDataStreams, { concurrency: '10' }),
    // @ts-expect-error one schema or the other
    () => new StreamProcessor(EventType.KinesisDataStreams, { parser, innerSchema, schema: innerSchema }),
    // @ts-expect-error an option of SQS FIFO queues
    () => processPartialResponse(event, () => {}, processor, { skipGroupOnError: true }),
  ];
  expect(make).toHaveLength(5);
});
