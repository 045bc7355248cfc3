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

type Fate = 'done' | 'late' | 'fails' | 'fails late' | 'throws null';
type TestRecord = KinesisStreamRecord | DynamoDBRecord;

/** A subclass that writes down when each of its hooks is called, over either processor. */
function watched(Base: typeof BatchProcessor) {
  return class extends Base {
    readonly hooks: string[] = [];
    override prepare(): void {
      this.hooks.push('prepare');
      super.prepare();
    }
    override clean(): void {
      this.hooks.push('clean');
      super.clean();
    }
    override entireBatchFailed(): boolean {
      this.hooks.push('entireBatchFailed');
      return super.entireBatchFailed();
    }
    override hasMessagesToReport(): boolean {
      this.hooks.push('hasMessagesToReport');
      return super.hasMessagesToReport();
    }
    override getMessagesToReport() {
      this.hooks.push('getMessagesToReport');
      return super.getMessagesToReport();
    }
    override successHandler(...args: Parameters<BatchProcessor['successHandler']>) {
      this.hooks.push(`success ${args[1]}`);
      return super.successHandler(...args);
    }
    override failureHandler(...args: Parameters<BatchProcessor['failureHandler']>) {
      this.hooks.push(`failure ${args[1]}`);
      return super.failureHandler(...args);
    }
  };
}

const either = [
  ['BatchProcessor', BatchProcessor],
  ['StreamProcessor', StreamProcessor as unknown as typeof BatchProcessor],
] as const;
const context = { awsRequestId: 'r' } as Context;

async function act(record: TestRecord, batchState: readonly Fate[], given: unknown): Promise<string> {
  const number = 'kinesis' in record ? record.kinesis.sequenceNumber : record.dynamodb?.SequenceNumber;
  const fate = batchState[Number(number)]!;
  if (fate.endsWith('late')) await setImmediate();
  if (fate === 'throws null') throw null;
  if (fate.startsWith('fails')) throw new RangeError(`${number} failed`);
  return `${number} with ${(given as Context | undefined)?.awsRequestId}`;
}

/** Everything that a caller can see of one call. */
async function seen(
  Processor: typeof BatchProcessor,
  eventType: 'KinesisDataStreams' | 'DynamoDBStreams',
  batchState: readonly Fate[],
  options: object,
  config?: BatchProcessorConfig,
): Promise<unknown> {
  const processor = new (watched(Processor))(eventType, config);
  const Records = batchState.map((_, n) =>
    eventType === 'KinesisDataStreams' ? kinesisRecord(String(n), { key: 'k' }) : dynamodbRecord(String(n), 'k'),
  );
  const parameters: number[] = [];
  const handler = (...args: [TestRecord, unknown]): Promise<string> => {
    parameters.push(args.length);
    return act(args[0], batchState, args[1]);
  };
  const ending = await processPartialResponse({ Records }, handler, processor, options).then(
    (answer) => ({ answer }),
    (error: Error) => ({ error, name: error.name, recordErrors: (error as FullBatchFailureError).recordErrors }),
  );
  const { successMessages, failureMessages, errors, hooks } = processor;
  return { ending, response: processor.response(), successMessages, failureMessages, errors, hooks, parameters };
}

test('whatever the handler does, nobody can tell it from a BatchProcessor', async () => {
  const fate = fc.constantFrom<Fate>('done', 'late', 'fails', 'fails late', 'throws null');
  const options = fc.record(
    { processInParallel: fc.boolean(), throwOnFullBatchFailure: fc.boolean(), context: fc.constant(context) },
    { requiredKeys: [] },
  );
  const eventType = fc.constantFrom(EventType.KinesisDataStreams, EventType.DynamoDBStreams);
  await fc.assert(
    fc.asyncProperty(eventType, fc.array(fate, { maxLength: 6 }), options, async (type, batchState, given) => {
      const [theirs, ours] = await Promise.all(either.map(([, Processor]) => seen(Processor, type, batchState, given)));
      expect(ours).toEqual(theirs);
    }),
    { numRuns: 200 },
  );
});

describe.each(either)('%s', (_name, Processor) => {
  test('parses, logs and reports what its schema refuses', async () => {
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

  test('refuses what is no batch, and to be synchronous', async () => {
    const processor = new Processor(EventType.KinesisDataStreams);
    await expect(processPartialResponse({} as never, () => {}, processor)).rejects.toThrow(UnexpectedBatchTypeError);
    expect(() => processor.processSync()).toThrow(BatchProcessingError);
    const event = { Records: [kinesisRecord('1')] };
    expect(() => processPartialResponseSync(event, () => {}, processor)).toThrow(BatchProcessingError);
  });

  test('serves one batch after the other, and its options stay', async () => {
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
