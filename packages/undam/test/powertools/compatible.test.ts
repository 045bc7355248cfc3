import { setImmediate } from 'node:timers/promises';
import {
  BatchProcessingError,
  BatchProcessor,
  EventType,
  FullBatchFailureError,
  processPartialResponse,
  processPartialResponseSync,
  UnexpectedBatchTypeError,
} from '@aws-lambda-powertools/batch';
import { parser } from '@aws-lambda-powertools/batch/parser';
import type { BatchProcessorConfig } from '@aws-lambda-powertools/batch/types';
import { describe, expect, jest, test } from '@jest/globals';
import type { Context, DynamoDBRecord, KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { z } from 'zod';
import { StreamProcessor } from '../../src/powertools/stream-processor.ts';
import { dynamodbRecord, kinesisRecord } from '../kit/stream.ts';
import { watched } from '../kit/watched-processor.ts';

type Ends = 'done' | 'late' | 'fails' | 'fails late' | 'throws null';
type TestRecord = KinesisStreamRecord | DynamoDBRecord;

const either = [
  ['BatchProcessor', BatchProcessor],
  ['StreamProcessor', StreamProcessor as unknown as typeof BatchProcessor],
] as const;
const context = { awsRequestId: 'r' } as Context;

async function act(record: TestRecord, script: readonly Ends[], given: unknown): Promise<string> {
  const number = 'kinesis' in record ? record.kinesis.sequenceNumber : record.dynamodb?.SequenceNumber;
  const ends = script[Number(number)]!;
  if (ends.endsWith('late')) await setImmediate();
  if (ends === 'throws null') throw null;
  if (ends.startsWith('fails')) throw new RangeError(`${number} failed`);
  return `${number} with ${(given as Context | undefined)?.awsRequestId}`;
}

/** All that a caller can see of one call. */
async function seen(
  Processor: typeof BatchProcessor,
  eventType: 'KinesisDataStreams' | 'DynamoDBStreams',
  script: readonly Ends[],
  options: object,
  config?: BatchProcessorConfig,
): Promise<unknown> {
  const processor = new (watched(Processor))(eventType, config);
  const Records = script.map((_, n) =>
    eventType === 'KinesisDataStreams' ? kinesisRecord(String(n), { key: 'k' }) : dynamodbRecord(String(n), 'k'),
  );
  const parameters: number[] = [];
  const handler = (...args: [TestRecord, unknown]): Promise<string> => {
    parameters.push(args.length);
    return act(args[0], script, args[1]);
  };
  const ending = await processPartialResponse({ Records }, handler, processor, options).then(
    (answer) => ({ answer }),
    (error: Error) => ({ error, name: error.name, recordErrors: (error as FullBatchFailureError).recordErrors }),
  );
  const { successMessages, failureMessages, errors, hooks } = processor;
  return { ending, response: processor.response(), successMessages, failureMessages, errors, hooks, parameters };
}

test('over any handler and options, it behaves as a BatchProcessor', async () => {
  const ends = fc.constantFrom<Ends>('done', 'late', 'fails', 'fails late', 'throws null');
  const options = fc.record(
    { processInParallel: fc.boolean(), throwOnFullBatchFailure: fc.boolean(), context: fc.constant(context) },
    { requiredKeys: [] },
  );
  const eventType = fc.constantFrom(EventType.KinesisDataStreams, EventType.DynamoDBStreams);
  await fc.assert(
    fc.asyncProperty(eventType, fc.array(ends, { maxLength: 6 }), options, async (type, script, given) => {
      const [theirs, ours] = await Promise.all(either.map(([, Processor]) => seen(Processor, type, script, given)));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 200 },
  );
});

describe.each(either)('%s', (_name, Processor) => {
  test('parses, logs, and reports the records that its schema refuses', async () => {
    const debug = jest.fn();
    const logger = { debug, warn: jest.fn(), error: jest.fn() };
    const innerSchema = z.object({ id: z.number() });
    const processor = new Processor(EventType.KinesisDataStreams, {
      parser,
      innerSchema,
      transformer: 'base64',
      logger,
    });
    const Records = ['{"id":1}', '{"id":"one"}'].map((data, n) => {
      const record = kinesisRecord(String(n));
      return { ...record, kinesis: { ...record.kinesis, data: Buffer.from(data).toString('base64') } };
    });
    const got: unknown[] = [];
    const answer = await processPartialResponse(
      { Records },
      async ({ kinesis }: { kinesis: { data: unknown } }) => void got.push(kinesis.data),
      processor,
    );
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(got).toEqual([{ id: 1 }]);
    expect(processor.errors).toMatchObject([
      { name: 'ParsingError', message: expect.stringContaining('kinesis.data') },
    ]);
    expect(processor.failureMessages).toEqual([Records[1]]);
    expect(debug).toHaveBeenCalledTimes(1);
  });

  test('refuses an event that is no batch, and a synchronous call', async () => {
    const processor = new Processor(EventType.KinesisDataStreams);
    await expect(processPartialResponse({} as never, () => {}, processor)).rejects.toThrow(UnexpectedBatchTypeError);
    expect(() => processor.processSync()).toThrow(BatchProcessingError);
    const event = { Records: [kinesisRecord('1')] };
    expect(() => processPartialResponseSync(event, () => {}, processor)).toThrow(BatchProcessingError);
  });

  test('serves one batch after another, and keeps its options', async () => {
    const processor = new Processor(EventType.KinesisDataStreams);
    const fails = async (): Promise<never> => {
      throw new Error('no');
    };
    const lone = { Records: [kinesisRecord('1')] };
    await expect(processPartialResponse(lone, fails, processor)).rejects.toThrow(FullBatchFailureError);
    const tolerant = { throwOnFullBatchFailure: false };
    const failed = { batchItemFailures: [{ itemIdentifier: '1' }] };
    expect(await processPartialResponse(lone, fails, processor, tolerant)).toEqual(failed);
    expect(await processPartialResponse(lone, fails, processor)).toEqual(failed);
    expect(await processPartialResponse(lone, async () => {}, processor)).toEqual({ batchItemFailures: [] });
    expect([processor.errors, processor.failureMessages, processor.successMessages]).toEqual([[], [], lone.Records]);
  });

  test('lets a subclass process synchronously', () => {
    class Synchronous extends Processor {
      override processRecordSync(record: KinesisStreamRecord) {
        return this.successHandler(record, 'done');
      }
    }
    const processor = new Synchronous(EventType.KinesisDataStreams);
    const event = { Records: [kinesisRecord('1')] };
    expect(processPartialResponseSync(event, () => {}, processor)).toEqual({ batchItemFailures: [] });
    expect(processor.successMessages).toEqual(event.Records);
  });
});
